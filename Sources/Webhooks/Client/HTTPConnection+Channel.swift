import NIOCore
import NIOSSL
import NIOTLS
import Synchronization

/// What the network reports.
extension HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        switch phase {
        case .tunnelling: handle(buffer.withUnsafeReadableBytes { parser.read($0) })
        case .ready:
            // Without an exchange these bytes answer no request, and would be taken for the answer to the next.
            guard exchange != nil else { return dropIdle() }
            if exchange?.hasAnswer == false {
                exchange?.hasAnswer = true
                exchange?.end(.firstByte)
            }
            handle(buffer.withUnsafeReadableBytes { parser.read($0) })
        case .new, .resolving, .connecting, .handshaking, .closing, .closed: break
        }
    }

    private func handle(_ progress: ResponseParser.Progress) {
        switch (progress, phase) {
        case (.needsMore, _): break
        case (.complete, .tunnelling): tunnelled()
        case (.complete, _): succeed()
        case (.violation(let problem), .tunnelling): fail(.proxy, "the proxy's answer is invalid: \(problem)")
        case (.violation(let problem), _): fail(.protocol, problem)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { secured() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lost(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        lost(nil)
        closed()
    }

    private func dropIdle() {
        _ = client.pool.withLock { $0.remove(self) }
        close()
    }

    /// The connection ended, or is about to.
    private func lost(_ error: (any Error)?) {
        guard phase != .closing, phase != .closed else { return }
        guard let exchange else { return dropIdle() }
        switch phase {
        case .tunnelling: fail(.proxy, "the proxy closed the connection before a tunnel was open")
        case .handshaking:
            fail(.tls, error.map(ErrorText.short) ?? "the connection was closed during the TLS handshake")
        case .ready:
            if exchange.timings.reused, !exchange.isWritten, !exchange.hasAnswer {
                // Nobody can have read the whole request, so to send it again is to send it once.
                self.exchange = nil
                close()
                return client.open(exchange)
            }
            if let error, ErrorText.isTLS(error) { return fail(.tls, ErrorText.short(error)) }
            switch parser.end() {
            case .violation(let problem): fail(.reset, problem)
            case .complete, .needsMore: succeed()
            }
        case .new, .resolving, .connecting, .closing, .closed: fail(.reset, "the connection was closed")
        }
    }
}
