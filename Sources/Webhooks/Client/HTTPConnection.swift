import NIOCore
import Synchronization

/// One connection to a receiver, from the lookup of its name on, with the exchange that it carries.
///
/// All of its state belongs to its event loop: what is marked so may be called from anywhere, all else there only. That is
/// why it may be shared between threads unchecked.
final class HTTPConnection: @unchecked Sendable {
    enum Phase {
        case new
        case resolving
        case connecting
        /// Waits for the proxy's answer.
        case tunnelling
        case handshaking
        /// Carries a request, or waits for one.
        case ready
        /// Takes nothing any more, and is on its way to `closed`.
        case closing
        case closed
    }

    let key: ConnectionKey
    let client: WebhookClient
    let eventLoop: any EventLoop

    var phase = Phase.new
    var exchange: RunningExchange?
    var parser = ResponseParser()
    var channel: (any Channel)?
    var context: ChannelHandlerContext?
    /// Addresses of the receiver that were not tried yet, the next one last.
    var candidates: [IPAddress] = []
    /// Why the last address that was tried did not work.
    var lastProblem: ExchangeFailure?
    /// The address that was dialled, for the outcome.
    var address: String?
    private var timer: NIOScheduledCallback?
    private var timerDue = NIODeadline.distantFuture
    private var openedAt = NIODeadline.distantPast
    private var idleUntil = NIODeadline.distantFuture
    private var outgoing = ByteBuffer()

    init(_ key: ConnectionKey, client: WebhookClient, eventLoop: any EventLoop) {
        self.key = key
        self.client = client
        self.eventLoop = eventLoop
    }

    /// Runs on the connection's event loop, at once where the caller is there. From anywhere.
    func onEventLoop(_ body: @escaping @Sendable () -> Void) {
        if eventLoop.inEventLoop { body() } else { eventLoop.execute(body) }
    }

    // MARK: - Requests

    /// Carries an exchange on a connection that was kept.
    func use(_ exchange: RunningExchange) {
        guard phase == .ready, let channel, channel.isActive else { return client.open(exchange) }
        self.exchange = exchange
        self.exchange?.timings.reused = true
        wake(at: exchange.deadline)
        writeRequest()
    }

    /// Takes the first request as soon as the connection is usable.
    func becomeReady() {
        phase = .ready
        openedAt = .now()
        writeRequest()
    }

    private func writeRequest() {
        guard let request = exchange?.request, let context else { return }
        parser = ResponseParser()
        exchange?.phaseStarted = .now()
        outgoing.clear()
        if let name = client.writer.writeHead(request, to: &outgoing) {
            let message = "the header \(ASCII.shown(name)) cannot be sent: its name or value has a forbidden character"
            let failure = ExchangeFailure(kind: .protocol, message: message)
            // In a turn of its own, as the caller of `send` may be on the stack.
            return eventLoop.execute { self.fail(failure) }
        }
        let written = eventLoop.makePromise(of: Void.self)
        // A connection is not used again before its request was written, so this is the same exchange.
        written.futureResult.whenSuccess { self.exchange?.isWritten = true }
        if request.body.readableBytes <= RequestWriter.maximumCopiedBodyBytes {
            var body = request.body
            outgoing.writeBuffer(&body)
            context.writeAndFlush(NIOAny(outgoing), promise: written)
        } else {
            context.write(NIOAny(outgoing), promise: nil)
            context.writeAndFlush(NIOAny(request.body), promise: written)
        }
    }

    /// Ends the exchange with an answer, and keeps the connection where that is possible.
    func succeed() {
        guard let exchange else { return }
        let response = ExchangeOutcome.Response(
            status: parser.status,
            retryAfter: parser.retryAfter,
            body: parser.body,
            isTruncated: parser.isTruncated
        )
        self.exchange = nil
        let now = NIODeadline.now()
        let limit = TimeAmount.milliseconds(client.configuration.maximumConnectionAgeMilliseconds)
        // An answer before the end of the request leaves the rest of the request in the way of the next.
        if exchange.isWritten, parser.isReusable, phase == .ready, now - openedAt < limit, channel?.isActive == true {
            keep(now)
        } else {
            close()
        }
        exchange.finish(.response(response), address: address)
    }

    private func keep(_ now: NIODeadline) {
        idleUntil = now + .milliseconds(client.configuration.idleTimeoutMilliseconds)
        guard client.pool.withLock({ $0.keep(self, client.configuration) }) else { return close() }
        wake(at: idleUntil)
    }

    /// Ends the exchange without an answer, and the connection with it.
    func fail(_ failure: ExchangeFailure) {
        let exchange = exchange
        self.exchange = nil
        close()
        exchange?.finish(.failure(failure), address: address)
    }

    func fail(_ kind: FailureKind, _ message: String) {
        fail(ExchangeFailure(kind: kind, message: message))
    }

    /// Ends what is under way, for a shutdown.
    func cancel() {
        exchange == nil ? close() : fail(.cancelled)
    }

    // MARK: - The end

    /// Closes the connection; `closed` follows when it is.
    func close() {
        guard phase != .closing, phase != .closed else { return }
        let wasDialling = phase == .connecting
        phase = .closing
        guard let channel else { return wasDialling ? () : closed() }
        channel.close(promise: nil)
    }

    func closed() {
        guard phase != .closed else { return }
        phase = .closed
        timer?.cancel()
        timer = nil
        channel = nil
        context = nil
        for waiter in client.pool.withLock({ $0.closed(self) }) { waiter.resume() }
    }
}

// MARK: - Time

/// One timer for whatever is due next. It is set anew only for an earlier moment, so a kept connection that carries
/// thousands of requests touches it every few seconds.
extension HTTPConnection: NIOScheduledCallbackHandler {
    func wake(at moment: NIODeadline) {
        guard timer == nil || moment < timerDue else { return }
        timer?.cancel()
        timerDue = moment
        timer = try? eventLoop.scheduleCallback(at: moment, handler: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        timer = nil
        guard phase != .closing, phase != .closed else { return }
        let now = NIODeadline.now()
        if let exchange {
            now < exchange.deadline ? wake(at: exchange.deadline) : fail(.timeout, timeoutMessage(exchange.request))
        } else if now < idleUntil {
            wake(at: idleUntil)
        } else if client.pool.withLock({ $0.remove(self) }) {
            close()
        } else {
            // Somebody has just taken it, and will set the timer.
        }
    }

    private func timeoutMessage(_ request: ExchangeRequest) -> String {
        let within = "within \(request.deadline.shortText)"
        let place = "\(address ?? request.url.host) port \(request.url.port)"
        return switch phase {
        case .new, .resolving: "no address of \(request.url.host) \(within)"
        case .connecting: "no TCP connection to \(place) \(within)"
        case .tunnelling: "no tunnel through the proxy \(within)"
        case .handshaking: "no TLS handshake \(within)"
        case .ready, .closing, .closed:
            parser.hasStatus
                ? "the response (status \(parser.status)) did not end \(within)" : "no response \(within)"
        }
    }
}
