import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

@testable import HooklineWebhooks

/// A receiver on the loopback interface that answers as it is told, byte by byte, and counts who came.
final class ScriptedReceiver: Sendable {
    /// What a receiver does with one request.
    struct Answer: Sendable {
        enum End: Sendable {
            case open
            case close
            /// Closes with a RST.
            case reset
            /// Sends a piece from time to time, for as long as somebody listens.
            case drip(String)
        }

        /// Sent one by one.
        var pieces: [String]
        var end: End

        init(_ pieces: String..., end: End = .open) {
            self.pieces = pieces
            self.end = end
        }

        static let ok = Answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    }

    struct Seen: Sendable {
        var connections = 0
        var requests: [String] = []
        /// The number of the connection that brought each request.
        var connectionOfRequest: [Int] = []
        fileprivate var script: [Answer]
        fileprivate var channels: [any Channel] = []
    }

    private final class Record: Sendable {
        let seen: Mutex<Seen>
        init(_ script: [Answer]) { seen = Mutex(Seen(script: script)) }
    }

    static let group = MultiThreadedEventLoopGroup.singleton

    private let record: Record
    private let server: any Channel

    /// Listens. The last answer is given again and again.
    init(_ script: [Answer], tls: NIOSSLContext? = nil) async throws {
        let record = Record(script)
        self.record = record
        server = try await ServerBootstrap(group: Self.group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = record.seen.withLock { seen in
                        seen.connections += 1
                        seen.channels.append(channel)
                        return seen.connections
                    }
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    let handler = ReceiverHandler { request in
                        record.seen.withLock { seen in
                            seen.requests.append(request)
                            seen.connectionOfRequest.append(number)
                            return seen.script.count > 1 ? seen.script.removeFirst() : seen.script.first
                        }
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var seen: Seen { record.seen.withLock { $0 } }
    var port: Int { server.localAddress?.port ?? 0 }

    func url(_ path: String = "/hook", scheme: String = "http", host: String = "127.0.0.1") throws -> WebhookURL {
        try WebhookURL("\(scheme)://\(host):\(port)\(path)")
    }

    func stop() async {
        try? await server.close()
        for channel in seen.channels { try? await channel.close() }
    }
}

/// Collects requests and writes answers. It is a proxy too, which answers a request that has no body.
private final class ReceiverHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let dripMilliseconds: Int64 = 10

    private let answer: (String) -> ScriptedReceiver.Answer?
    private var pending: [UInt8] = []

    init(_ answer: @escaping (String) -> ScriptedReceiver.Answer?) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pending += unwrapInboundIn(data).readableBytesView
        while let request = nextRequest() {
            guard let answer = answer(request) else { return }
            for piece in answer.pieces { context.writeAndFlush(NIOAny(ByteBuffer(string: piece)), promise: nil) }
            switch answer.end {
            case .open: break
            case .close: context.close(promise: nil)
            case .reset:
                _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                context.close(promise: nil)
            case .drip(let piece): Self.drip(piece, context.channel)
            }
        }
    }

    private func nextRequest() -> String? {
        guard let end = pending.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        var length = 0
        for line in String(decoding: pending[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        where line.hasPrefix("content-length: ") {
            length = Int(line.dropFirst(16)) ?? 0
        }
        let last = end.upperBound + length
        guard pending.count >= last else { return nil }
        defer { pending.removeFirst(last) }
        return String(decoding: pending[..<last], as: UTF8.self)
    }

    private static func drip(_ piece: String, _ channel: any Channel) {
        guard channel.isActive else { return }
        channel.writeAndFlush(ByteBuffer(string: piece), promise: nil)
        channel.eventLoop.scheduleTask(in: .milliseconds(dripMilliseconds)) { drip(piece, channel) }
    }
}

extension WebhookClient {
    /// One that may speak `http` to the loopback interface, and to nothing else that is special.
    static func local(
        resolver: HostResolver = .loopback,
        _ change: (inout WebhookClientConfiguration) -> Void = { _ in }
    ) throws -> WebhookClient {
        var configuration = WebhookClientConfiguration(version: "1.2.3")
        configuration.additionalTrustRoots = TestCertificates.authority
        // So long that no connection is closed because the machine is busy.
        configuration.idleTimeoutMilliseconds = 600_000
        configuration.maximumConnectionAgeMilliseconds = 600_000
        change(&configuration)
        return try WebhookClient(
            group: ScriptedReceiver.group,
            policy: NetworkPolicy(allowsHTTP: true, allowedNetworks: [AddressBlock("127.0.0.0/8")]),
            resolver: resolver,
            configuration: configuration
        )
    }

    func post(
        _ url: WebhookURL,
        headers: [(String, String)] = [("content-type", "application/json")],
        body: String = "{}",
        deadline: Duration = .seconds(60),
        identity: ClientIdentity? = nil
    ) async -> ExchangeOutcome {
        let request = ExchangeRequest(
            url: url,
            headers: headers,
            body: ByteBuffer(string: body),
            deadline: deadline,
            identity: identity
        )
        return await withCheckedContinuation { continuation in
            send(request) { continuation.resume(returning: $0) }
        }
    }
}

extension HostResolver {
    static let loopback = HostResolver { _, completion in completion(.success([.v4(0x7F00_0001)])) }
}

extension ExchangeOutcome {
    var response: Response? { if case .response(let response) = result { response } else { nil } }
    var failure: ExchangeFailure? { if case .failure(let failure) = result { failure } else { nil } }
}
