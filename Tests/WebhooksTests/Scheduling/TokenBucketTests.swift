import HooklinePrimitives
import Testing

@testable import HooklineWebhooks

/// How starts are kept to a rate.
struct TokenBucketTests {
    @Test(arguments: [0.05, 0.5, 1, 1.5, 3, 10, 33.3, 250, 999.9, 5000])
    func keepsToTheRate(rate: Double) {
        var bucket = TokenBucket(ratePerSecond: rate)
        var now = Timestamp(milliseconds: 1_769_594_400_000)
        let begin = now.milliseconds
        let seconds: Int64 = 300
        var taken = 0
        // Takes whatever there is, as early as there is one.
        while now.milliseconds - begin < seconds * 1000 {
            if let until = bucket.wait(now: now) {
                #expect(until > now)
                now = until
            } else {
                bucket.take()
                taken += 1
                let elapsed = Double(now.milliseconds - begin) / 1000
                #expect(Double(taken) <= rate * elapsed + max(1, rate) + 1e-6)
            }
        }
        // Moments are whole milliseconds, of which no more than one is lost before the tokens are looked at again.
        let expected = rate * Double(seconds) + max(1, rate)
        #expect(abs(Double(taken) - expected) <= max(2, rate / 500))
    }

    @Test func saysWhenTheNextMayStart() {
        let now = Timestamp(milliseconds: 1_000_000)
        var bucket = TokenBucket(ratePerSecond: 4)
        for _ in 0..<4 {
            #expect(bucket.wait(now: now) == nil)
            bucket.take()
        }
        #expect(bucket.wait(now: now) == now.advanced(byMilliseconds: 250))
        #expect(bucket.wait(now: now.advanced(byMilliseconds: 249)) == now.advanced(byMilliseconds: 250))
        #expect(bucket.wait(now: now.advanced(byMilliseconds: 250)) == nil)
        bucket.take()
        bucket.giveBack()
        #expect(bucket.wait(now: now.advanced(byMilliseconds: 250)) == nil)
    }
}
