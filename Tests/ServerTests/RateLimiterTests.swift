import HTTPTypes
import HooklineStorageTestSupport
import HummingbirdTesting
import Testing

@testable import HooklineServer

@Suite struct RateLimiterTests {
    @Test func aBucketEmptiesAndFills() throws {
        let instant = TestInstant()
        let limiter = RateLimiter(RateLimit(requestsPerSecond: 2, burst: 3), now: instant.read)
        for _ in 0..<3 { try limiter.admit("a") }
        #expect(throws: AccessError.rateLimited(retryAfterSeconds: 1)) { try limiter.admit("a") }
        try limiter.admit("b")
        instant.advance(by: .milliseconds(499))
        #expect(throws: AccessError.self) { try limiter.admit("a") }
        instant.advance(by: .milliseconds(1))
        try limiter.admit("a")
        #expect(throws: AccessError.self) { try limiter.admit("a") }
        instant.advance(by: .seconds(3600))
        for _ in 0..<3 { try limiter.admit("a") }
        #expect(throws: AccessError.self) { try limiter.admit("a") }
    }

    @Test func theWaitIsTold() throws {
        let instant = TestInstant()
        let limiter = RateLimiter(RateLimit(requestsPerSecond: 0.1, burst: 1), now: instant.read)
        try limiter.admit("a")
        #expect(throws: AccessError.rateLimited(retryAfterSeconds: 10)) { try limiter.admit("a") }
        instant.advance(by: .seconds(4))
        #expect(throws: AccessError.rateLimited(retryAfterSeconds: 6)) { try limiter.admit("a") }
    }

    @Test func zeroIsNoLimit() throws {
        let limiter = RateLimiter(RateLimit(requestsPerSecond: 0, burst: 1))
        for _ in 0..<1000 { try limiter.admit("a") }
        #expect(limiter.count == 0)
    }

    @Test func bucketsAreBoundedAndThoseInUseStay() throws {
        let instant = TestInstant()
        let limiter = RateLimiter(RateLimit(requestsPerSecond: 1, burst: 1), now: instant.read)
        for index in 0..<(RateLimiter.maximumBuckets - 1) { try limiter.admit("\(index)") }
        instant.advance(by: .seconds(1))
        try limiter.admit("in use")
        #expect(limiter.count == RateLimiter.maximumBuckets)
        try limiter.admit("one more")
        #expect(limiter.count == 2)
        #expect(throws: AccessError.self) { try limiter.admit("in use") }
    }

    @Test func onlyClientKeysAreLimited() async throws {
        let limit = RateLimit(requestsPerSecond: 1, burst: 2)
        try await ServerHarness.run(configuration: ServerConfiguration(clientRate: limit)) { server in
            for _ in 0..<2 {
                #expect(try await server.send(.post, "/v1/events", as: .client, body: "[]").status == .accepted)
            }
            let refused = try await server.send(.post, "/v1/events", as: .client, body: "[]")
            #expect(refused.status == .tooManyRequests)
            #expect(refused.headers[.retryAfter] == "1")
            #expect(try refused.code == "rate_limited")
            for _ in 0..<5 {
                #expect(try await server.send(.post, "/v1/events", as: .write, body: "[]").status == .accepted)
            }
            server.instant.advance(by: .seconds(1))
            #expect(try await server.send(.post, "/v1/events", as: .client, body: "[]").status == .accepted)
        }
    }
}
