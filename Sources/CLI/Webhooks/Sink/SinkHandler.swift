import NIOCore
import NIOHTTP1

/// One connection of a sink.
final class SinkHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let sink: WebhookSink
    private let responder: SinkResponder
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    /// The longest body that is taken.
    static let maximumBodyBytes = 16 * 1024 * 1024

    init(_ sink: WebhookSink, _ responder: SinkResponder) {
        (self.sink, self.responder) = (sink, responder)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.removeAll(keepingCapacity: true)
            if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(SinkResponder.goOn), promise: nil)
            }
        case .body(let part):
            guard body.count + part.readableBytes <= Self.maximumBodyBytes else {
                head = nil
                context.writeAndFlush(wrapOutboundOut(SinkResponder.tooLarge), promise: nil)
                context.close(promise: nil)
                return
            }
            body += part.readableBytesView
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context.channel)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ channel: any Channel) {
        let received = ReceivedRequest(
            method: head.method.rawValue,
            path: head.uri,
            headers: head.headers.map { (name: $0.name, value: $0.value) },
            body: body
        )
        guard let (answer, challenge) = sink.receive(received) else {
            channel.close(promise: nil)
            return
        }
        let done = responder.answer(answer, challenge: challenge, keepsAlive: head.isKeepAlive, on: channel)
        done.whenComplete { [sink] _ in sink.didAnswer() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError {
            context.writeAndFlush(wrapOutboundOut(SinkResponder.badRequest), promise: nil)
        }
        context.close(promise: nil)
    }
}
