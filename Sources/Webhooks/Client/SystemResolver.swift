import NIOCore
import NIOPosix
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Lookups by `getaddrinfo` on a few threads of their own, since it blocks.
///
/// Lookups of one name at a time are one; an answer is remembered for seconds only, as the system's own resolver
/// keeps the times that the zone states. A lookup cannot be cancelled: a caller that gave up leaves it to end by itself.
final class SystemResolver: Sendable {
    static let threads = 8
    static let maximumAnswerAgeMilliseconds: Int64 = 10_000
    static let maximumFailureAgeMilliseconds: Int64 = 1000
    static let maximumRememberedNames = 10_000
    /// Names that wait for a thread; more are refused, as they would be answered too late.
    static let maximumWaitingNames = 4096

    typealias Answer = Result<[IPAddress], HostResolverError>

    private struct State {
        var remembered: [String: (answer: Answer, until: NIODeadline)] = [:]
        var waiting: [String: [HostResolver.Completion]] = [:]
    }

    private let pool = NIOThreadPool(numberOfThreads: threads)
    private let state = Mutex(State())
    private let look: @Sendable (String) -> Answer
    private let now: @Sendable () -> NIODeadline

    init(
        look: @escaping @Sendable (String) -> Answer = SystemResolver.systemLookup,
        now: @escaping @Sendable () -> NIODeadline = { .now() }
    ) {
        self.look = look
        self.now = now
        pool.start()
    }

    func resolve(_ host: String, _ completion: @escaping HostResolver.Completion) {
        enum Next { case answer(Answer), look, wait }
        let time = now()
        let next: Next = state.withLock { state in
            if let known = state.remembered[host], time < known.until { return .answer(known.answer) }
            if state.waiting[host] != nil {
                state.waiting[host]?.append(completion)
                return .wait
            }
            guard state.waiting.count < Self.maximumWaitingNames else {
                return .answer(.failure(HostResolverError(problem: "was not looked up: too many names wait")))
            }
            state.waiting[host] = [completion]
            return .look
        }
        switch next {
        case .answer(let answer): completion(answer)
        case .wait: break
        case .look: pool.submit { _ in self.finish(host, self.look(host)) }
        }
    }

    private func finish(_ host: String, _ answer: Answer) {
        let time = now()
        let completions = state.withLock { state in
            if state.remembered.count >= Self.maximumRememberedNames {
                state.remembered = state.remembered.filter { time < $0.value.until }
                if state.remembered.count >= Self.maximumRememberedNames { state.remembered = [:] }
            }
            let age =
                (try? answer.get()) == nil ? Self.maximumFailureAgeMilliseconds : Self.maximumAnswerAgeMilliseconds
            state.remembered[host] = (answer, time + .milliseconds(age))
            return state.waiting.removeValue(forKey: host) ?? []
        }
        for completion in completions { completion(answer) }
    }

    /// Ends the threads. Only tests do; the process's resolver lives as long as it.
    func shutdown() async throws { try await pool.shutdownGracefully() }

    /// Blocks until the system has answered.
    static func systemLookup(_ host: String) -> Answer {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        hints.ai_protocol = Int32(IPPROTO_TCP)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            return .failure(HostResolverError(problem: "has no address: \(String(cString: gai_strerror(code)))"))
        }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var entry = list
        while let current = entry?.pointee {
            if let address = address(of: current), !addresses.contains(address) { addresses.append(address) }
            entry = current.ai_next
        }
        guard !addresses.isEmpty else { return .failure(HostResolverError(problem: "has no address")) }
        return .success(addresses)
    }

    /// Reads an entry by its text, as the layouts of socket addresses differ between systems. One with a zone, which is
    /// link-local, is left out.
    private static func address(of entry: addrinfo) -> IPAddress? {
        var text = [CChar](repeating: 0, count: maximumTextBytes)
        let length = socklen_t(text.count)
        guard getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST) == 0 else {
            return nil
        }
        return IPAddress(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    private static let maximumTextBytes = 64
}
