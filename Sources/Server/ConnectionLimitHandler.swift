import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection whose request takes too long to arrive, or brings far more than any request may.
///
/// The middleware answers a long body with 413, but the connection must then read past what the client still sends; here
/// that ends. And a client that sends a byte from time to time is never idle, yet holds a connection.
final class ConnectionLimitHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private let readTimeout: TimeAmount
    private let maximumBytes: Int
    private var receivedBytes = 0
    private var deadline: Scheduled<Void>?

    init(
        readTimeout: TimeAmount = .seconds(ServerLimits.requestReadTimeoutSeconds),
        maximumBytes: Int = 2 * ServerLimits.maximumBodyBytes
    ) {
        self.readTimeout = readTimeout
        self.maximumBytes = maximumBytes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            receivedBytes = 0
            deadline?.cancel()
            let channel = context.channel
            deadline = context.eventLoop.scheduleTask(in: readTimeout) { channel.close(promise: nil) }
        case .body(let part):
            receivedBytes += part.readableBytes
            guard receivedBytes <= maximumBytes else {
                stopTimer()
                context.close(promise: nil)
                return
            }
        case .end: stopTimer()
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopTimer()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stopTimer() }

    private func stopTimer() {
        deadline?.cancel()
        deadline = nil
    }
}
