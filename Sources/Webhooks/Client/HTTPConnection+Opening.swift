import NIOCore
import NIOPosix
import NIOSSL

/// From a URL to a connection that carries a request: lookup, judgement, dialling, tunnel, TLS.
extension HTTPConnection {
    /// How many addresses of a name are tried.
    static let maximumAddresses = 8
    /// How much later than the deadline an attempt to connect would end by itself.
    private static let graceSeconds: Int64 = 1

    func open(_ exchange: RunningExchange) {
        // A shutdown may have come between the call and this.
        guard phase == .new else { return exchange.finish(.failure(.cancelled), address: nil) }
        self.exchange = exchange
        self.exchange?.timings.reused = false
        self.exchange?.phaseStarted = .now()
        phase = .resolving
        wake(at: exchange.deadline)
        if let address = exchange.request.url.address {
            // In a turn of its own, as the caller of `send` may be on the stack.
            return eventLoop.execute { self.resolved(.success([address])) }
        }
        client.resolver.resolve(exchange.request.url.host) { result in
            self.eventLoop.execute { self.resolved(result) }
        }
    }

    private func resolved(_ result: Result<[IPAddress], HostResolverError>) {
        guard phase == .resolving, let host = exchange?.request.url.host else { return }
        if exchange?.request.url.address == nil { exchange?.end(.dns) }
        switch result {
        case .failure(let error): fail(.dns, "\(host) \(error.problem)")
        case .success(let addresses) where addresses.isEmpty: fail(.dns, "\(host) has no address")
        case .success(let addresses):
            candidates = Self.interleaved(addresses).prefix(Self.maximumAddresses).reversed()
            if let proxy = client.configuration.proxy { resolveProxy(proxy) } else { dialNext() }
        }
    }

    /// Both versions in turn, so that one that is broken here costs at most every other attempt.
    static func interleaved(_ addresses: [IPAddress]) -> [IPAddress] {
        guard let first = addresses.first else { return [] }
        let same = addresses.filter { $0.width == first.width }
        let other = addresses.filter { $0.width != first.width }
        var result: [IPAddress] = []
        for index in 0..<max(same.count, other.count) {
            if index < same.count { result.append(same[index]) }
            if index < other.count { result.append(other[index]) }
        }
        return result
    }

    /// The next address that the policy permits, at this moment.
    private func nextPermitted() -> IPAddress? {
        while let candidate = candidates.popLast() {
            guard let refusal = client.policy.refusal(of: candidate) else { return candidate.unmapped }
            let host = exchange?.request.url.address == nil ? "\(exchange?.request.url.host ?? ""): " : ""
            if lastProblem == nil { lastProblem = ExchangeFailure(kind: .addressRefused, message: host + refusal) }
        }
        return nil
    }

    // MARK: - Without a proxy

    private func dialNext() {
        guard let exchange else { return }
        guard let next = nextPermitted() else {
            return fail(lastProblem ?? ExchangeFailure(kind: .connect, message: "no address to connect to"))
        }
        address = next.description
        let remaining = exchange.deadline - .now()
        // The last one may take all the time: then it is the deadline that ends it.
        let share =
            candidates.isEmpty
            ? remaining + .seconds(Self.graceSeconds)
            : TimeAmount.nanoseconds(remaining.nanoseconds / Int64(candidates.count + 1))
        dial(next, port: exchange.request.url.port, timeout: share) {
            self.secure()
        } failed: { problem in
            let place = "\(next) port \(exchange.request.url.port)"
            self.lastProblem = ExchangeFailure(kind: .connect, message: "no TCP connection to \(place): \(problem)")
            self.dialNext()
        }
    }

    /// Connects to an address, with this as the only handler.
    private func dial(
        _ address: IPAddress,
        port: Int,
        timeout: TimeAmount,
        connected: @escaping () -> Void,
        failed: @escaping (String) -> Void
    ) {
        let target: SocketAddress
        do {
            target = try SocketAddress(packedIPAddress: address.packed, port: port)
        } catch {
            return failed("the address is invalid")
        }
        phase = .connecting
        let bootstrap = ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(max(timeout, .milliseconds(1)))
            .channelInitializer { channel in
                // Kept from here on, so that a deadline can end the attempt.
                self.channel = channel
                return channel.eventLoop.makeSucceededVoidFuture()
            }
        bootstrap.connect(to: target).assumeIsolated().whenComplete { result in
            guard self.phase == .connecting else {
                if case .success(let channel) = result { channel.close(promise: nil) }
                return self.closed()
            }
            switch result {
            case .success(let channel):
                do {
                    try channel.pipeline.syncOperations.addHandler(self)
                    connected()
                } catch {
                    self.fail(.connect, "the connection was closed at once")
                    self.closed()
                }
            case .failure(let error):
                self.phase = .resolving
                self.channel = nil
                failed(ErrorText.short(error))
            }
        }
    }

    // MARK: - Through a proxy

    private func resolveProxy(_ proxy: ForwardProxy) {
        guard let target = nextPermitted() else {
            return fail(lastProblem ?? ExchangeFailure(kind: .connect, message: "no address to connect to"))
        }
        address = target.description
        if let address = proxy.address { return dial(proxy, [address], for: target) }
        client.resolver.resolve(proxy.host) { result in
            self.eventLoop.execute {
                guard self.phase == .resolving else { return }
                switch result {
                case .success(let addresses): self.dial(proxy, addresses[...], for: target)
                case .failure(let error): self.fail(.proxy, "the proxy's host \(error.problem)")
                }
            }
        }
    }

    private func dial(_ proxy: ForwardProxy, _ addresses: ArraySlice<IPAddress>, for target: IPAddress) {
        guard let exchange else { return }
        guard let first = addresses.first else {
            return fail(lastProblem ?? ExchangeFailure(kind: .proxy, message: "the proxy's host has no address"))
        }
        let remaining = exchange.deadline - .now()
        let share =
            addresses.count == 1
            ? remaining + .seconds(Self.graceSeconds)
            : TimeAmount.nanoseconds(remaining.nanoseconds / Int64(addresses.count))
        dial(first, port: proxy.port, timeout: share) {
            self.phase = .tunnelling
            self.parser = ResponseParser(.connect)
            let port = exchange.request.url.port
            let request = RequestWriter.connect(to: target, port: port, authorization: proxy.authorization)
            self.context?.writeAndFlush(NIOAny(request), promise: nil)
        } failed: { problem in
            self.lastProblem = ExchangeFailure(kind: .proxy, message: "no TCP connection to the proxy: \(problem)")
            self.dial(proxy, addresses.dropFirst(), for: target)
        }
    }

    /// Takes the proxy's answer.
    func tunnelled() {
        guard (200...299).contains(parser.status) else {
            return fail(
                .proxy,
                "the proxy refused a tunnel to \(address ?? "the receiver") with status \(parser.status)"
            )
        }
        // Nothing was asked of the receiver yet, so these bytes are none of its answer.
        guard !parser.hasExcess else { return fail(.proxy, "the proxy sent more than its answer") }
        secure()
    }

    // MARK: - TLS

    private func secure() {
        exchange?.end(.connect)
        guard let request = exchange?.request, let channel else { return }
        guard request.url.scheme == .https else { return becomeReady() }
        phase = .handshaking
        do {
            let handler = try NIOSSLClientHandler(
                context: client.tls.context(for: request.identity),
                // An address is never sent as the server's name (RFC 6066 section 3).
                serverHostname: request.url.address == nil ? request.url.host : nil
            )
            try channel.pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            fail(.tls, ErrorText.short(error))
        }
    }

    func secured() {
        guard phase == .handshaking, let url = exchange?.request.url, let channel else { return }
        guard let certificate = try? channel.pipeline.syncOperations.nioSSL_peerCertificate(),
            CertificateIdentity.covers(certificate, url)
        else { return fail(.tls, "the certificate is not one for \(url.host)") }
        exchange?.end(.tls)
        becomeReady()
    }
}

extension IPAddress {
    /// The bytes in network order.
    var packed: ByteBuffer {
        switch self {
        case .v4(let bits): ByteBuffer(integer: bits)
        case .v6(let bits):
            ByteBuffer(bytes: (0..<16).map { UInt8(truncatingIfNeeded: bits >> UInt128(120 - 8 * $0)) })
        }
    }
}
