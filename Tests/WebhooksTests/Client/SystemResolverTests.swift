import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HooklineWebhooks

struct SystemResolverTests {
    private final class Lookups: Sendable {
        let names = Mutex<[String]>([])
        let now = Mutex(NIODeadline.uptimeNanoseconds(1))
    }

    private func resolve(_ resolver: SystemResolver, _ host: String) async -> SystemResolver.Answer {
        await withCheckedContinuation { continuation in
            resolver.resolve(host) { continuation.resume(returning: $0) }
        }
    }

    private func resolver(_ lookups: Lookups) -> SystemResolver {
        SystemResolver(
            look: { host in
                lookups.names.withLock { $0.append(host) }
                return host == "missing" ? .failure(HostResolverError(problem: "has no address")) : .success([.v4(1)])
            },
            now: { lookups.now.withLock { $0 } }
        )
    }

    @Test func remembersAnswersForTenSecondsAndFailuresForOne() async throws {
        let lookups = Lookups()
        let resolver = resolver(lookups)
        func advance(_ milliseconds: Int64) { lookups.now.withLock { $0 = $0 + .milliseconds(milliseconds) } }
        for host in ["known", "missing", "known", "missing"] { _ = await resolve(resolver, host) }
        #expect(lookups.names.withLock { $0 } == ["known", "missing"])
        advance(1000)
        for host in ["known", "missing"] { _ = await resolve(resolver, host) }
        #expect(lookups.names.withLock { $0 } == ["known", "missing", "missing"])
        advance(9000)
        #expect(await resolve(resolver, "known") == .success([.v4(1)]))
        #expect(lookups.names.withLock { $0 } == ["known", "missing", "missing", "known"])
        try await resolver.shutdown()
    }

    @Test func lookupsOfOneNameAtATimeAreOne() async throws {
        let gate = Mutex<[CheckedContinuation<Void, Never>]>([])
        let count = Mutex(0)
        let resolver = SystemResolver(look: { _ in
            count.withLock { $0 += 1 }
            // Held, on a thread of the resolver, until all callers wait.
            while gate.withLock({ $0.isEmpty }) {}
            return .success([.v4(2)])
        })
        let answers = Mutex(0)
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            for _ in 0..<50 {
                resolver.resolve("one") { _ in
                    if answers.withLock({
                        $0 += 1; return $0 == 50
                    }) {
                        gate.withLock { $0.removeFirst() }.resume()
                    }
                }
            }
            gate.withLock { $0.append(done) }
        }
        #expect(count.withLock { $0 } == 1)
        try await resolver.shutdown()
    }

    @Test func asksTheSystem() async throws {
        let resolver = SystemResolver()
        let local = try await resolve(resolver, "localhost").get()
        #expect(local.contains(.v4(0x7F00_0001)) || local.contains(.v6(1)))
        // RFC 2606 keeps this name from ever being one.
        let missing = await resolve(resolver, "nothing.invalid")
        guard case .failure(let error) = missing else {
            Issue.record("a name that cannot exist has an address")
            return
        }
        #expect(error.problem.hasPrefix("has no address"))
        try await resolver.shutdown()
    }

    @Test func versionsTakeTurns() {
        let (a, b, c, x, y) = (IPAddress.v4(1), IPAddress.v4(2), IPAddress.v4(3), IPAddress.v6(1), IPAddress.v6(2))
        #expect(HTTPConnection.interleaved([a, b, c, x, y]) == [a, x, b, y, c])
        #expect(HTTPConnection.interleaved([x, y, a]) == [x, a, y])
        #expect(HTTPConnection.interleaved([a, b]) == [a, b])
        #expect(HTTPConnection.interleaved([]) == [])
    }
}
