import Synchronization

/// How fast holders of client keys may send.
public struct RateLimit: Sendable, Equatable {
    /// Requests a second in the long run; 0 sets no limit.
    public var requestsPerSecond: Double
    /// Requests at once, after a rest.
    public var burst: Double

    public init(requestsPerSecond: Double = 1000, burst: Double = 2000) {
        self.requestsPerSecond = requestsPerSecond
        self.burst = burst
    }
}

/// A token bucket for each key: it holds `burst` tokens, fills with `requestsPerSecond`, and a request takes one.
final class RateLimiter: Sendable {
    private let limit: RateLimit
    private let now: @Sendable () -> ContinuousClock.Instant
    private let buckets = Mutex<[String: Bucket]>([:])

    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    init(_ limit: RateLimit, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.limit = limit
        self.now = now
    }

    /// - Throws: `AccessError.rateLimited` with the time after which one request would be admitted.
    func admit(_ key: String) throws(AccessError) {
        guard limit.requestsPerSecond > 0 else { return }
        let moment = now()
        let tokens = buckets.withLock { buckets in
            if buckets[key] == nil, buckets.count >= Self.maximumBuckets { makeRoom(in: &buckets, at: moment) }
            var tokens = buckets[key].map { filled($0, at: moment) } ?? limit.burst
            defer { buckets[key] = Bucket(tokens: tokens, at: moment) }
            guard tokens >= 1 else { return tokens }
            tokens -= 1
            return 1
        }
        guard tokens < 1 else { return }
        throw .rateLimited(retryAfterSeconds: max(1, Int(((1 - tokens) / limit.requestsPerSecond).rounded(.up))))
    }

    /// How many buckets are kept.
    var count: Int { buckets.withLock(\.count) }

    private func filled(_ bucket: Bucket, at moment: ContinuousClock.Instant) -> Double {
        let elapsed = bucket.at.duration(to: moment) / .seconds(1)
        return min(limit.burst, bucket.tokens + max(0, elapsed) * limit.requestsPerSecond)
    }

    /// A full bucket is as good as none. Where all are in use, those keys start anew.
    private func makeRoom(in buckets: inout [String: Bucket], at moment: ContinuousClock.Instant) {
        buckets = buckets.filter { filled($0.value, at: moment) < limit.burst }
        if buckets.count >= Self.maximumBuckets { buckets.removeAll() }
    }

    /// The most keys whose rate is watched at a time.
    static let maximumBuckets = 10_000
}
