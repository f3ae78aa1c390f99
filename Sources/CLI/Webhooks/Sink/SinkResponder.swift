import NIOCore
import NIOHTTP1

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes the answers of a sink, right ones and wrong ones, as bytes.
struct SinkResponder: Sendable {
    /// How long each answer waits.
    let delay: TimeAmount
    /// What is said beside the status: `retry-after: 5`.
    let headers: [(name: String, value: String)]
    /// Answers without a body, by their status.
    private let bodiless: [Int: ByteBuffer]

    static let goOn = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
    static let badRequest = ByteBuffer(
        string: "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
    static let tooLarge = ByteBuffer(
        string: "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
    private static let dripInterval = TimeAmount.seconds(1)
    private static let drippedBytes = 1_000_000

    init(_ script: SinkScript, delay: TimeAmount = .zero, headers: [(name: String, value: String)] = []) {
        (self.delay, self.headers) = (delay, headers)
        var bodiless: [Int: ByteBuffer] = [:]
        for case .status(let status) in script.answers {
            bodiless[status] = ByteBuffer(string: Self.text(status, headers, body: nil))
        }
        self.bodiless = bodiless
    }

    /// Answers after the delay. The future ends when nothing more is going to be said, but for a drip.
    ///
    /// A challenge is sent back where the answer is a 2xx.
    func answer(
        _ answer: SinkAnswer,
        challenge: String?,
        keepsAlive: Bool,
        on channel: any Channel
    ) -> EventLoopFuture<Void> {
        guard delay > .zero else { return act(answer, challenge, keepsAlive, channel) }
        let promise = channel.eventLoop.makePromise(of: Void.self)
        channel.eventLoop.scheduleTask(in: delay) {
            act(answer, challenge, keepsAlive, channel).cascade(to: promise)
        }
        return promise.futureResult
    }

    private func act(
        _ answer: SinkAnswer,
        _ challenge: String?,
        _ keepsAlive: Bool,
        _ channel: any Channel
    ) -> EventLoopFuture<Void> {
        switch answer {
        case .status(let status):
            let written = channel.writeAndFlush(bytes(status, challenge))
            return keepsAlive ? written : written.flatMap { channel.close() }
        case .fault(.reset):
            _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            return channel.close()
        case .fault(.badChunking):
            let text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nno chunk\r\n"
            return channel.writeAndFlush(ByteBuffer(string: text)).flatMap { channel.close() }
        case .fault(.drip):
            let text = "HTTP/1.1 200 OK\r\ncontent-length: \(Self.drippedBytes)\r\n\r\n"
            let begun = channel.writeAndFlush(ByteBuffer(string: text))
            Self.drip(on: channel)
            return begun
        case .fault(.hang):
            return channel.eventLoop.makeSucceededVoidFuture()
        }
    }

    private func bytes(_ status: Int, _ challenge: String?) -> ByteBuffer {
        if let challenge, (200..<300).contains(status) {
            // No content cannot be said with content.
            let body = "{\"challenge\":\"\(challenge.filter { $0.isASCII && ($0.isLetter || $0.isNumber) })\"}"
            return ByteBuffer(string: Self.text(status == 204 ? 200 : status, headers, body: body))
        }
        return bodiless[status] ?? ByteBuffer(string: Self.text(status, headers, body: nil))
    }

    private static func drip(on channel: any Channel) {
        channel.eventLoop.scheduleTask(in: dripInterval) {
            guard channel.isActive else { return }
            channel.writeAndFlush(ByteBuffer(string: "."), promise: nil)
            drip(on: channel)
        }
    }

    /// A whole answer, as it is sent.
    private static func text(_ status: Int, _ headers: [(name: String, value: String)], body: String?) -> String {
        var text = "HTTP/1.1 \(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body {
            text += "content-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
        } else {
            // RFC 9110 section 8.6: a 204 must not have a length; a 304 would tell that of another answer.
            text += status == 204 || status == 304 ? "\r\n" : "content-length: 0\r\n\r\n"
        }
        return text
    }
}
