import HooklinePrimitives
import Testing

@testable import HooklineWebhooks

/// When a lane pauses because its receiver fails.
struct CircuitBreakerTests {
    private var random = SimulationRandom(seed: 5)

    private func moment(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_000_000 + milliseconds) }

    /// Failures at these moments.
    private mutating func breaker(failingAt moments: [Int64]) -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for milliseconds in moments {
            breaker.failed(isProbe: false, now: moment(milliseconds), using: &random)
        }
        return breaker
    }

    @Test mutating func opensAfterFiveFailuresInARow() throws {
        #expect(breaker(failingAt: [0, 1, 2, 3]).state == .closed)
        let opened = breaker(failingAt: [0, 1, 2, 3, 100])
        guard case .open(let until) = opened.state else {
            Issue.record("did not open")
            return
        }
        #expect((1600...2400).contains(until.milliseconds - moment(100).milliseconds))
        #expect(opened.admission(now: moment(101)) == .wait(until: until))
        #expect(opened.admission(now: until) == .probe)
    }

    @Test mutating func staysClosedWhereFailuresAreFarApart() {
        #expect(breaker(failingAt: [0, 1000, 3000, 60_000, 61_000, 63_000, 120_000, 121_000]).state == .closed)
        // The five latest are within ten seconds.
        #expect(breaker(failingAt: [0, 60_000, 62_000, 64_000, 66_000, 70_000]).state != .closed)
    }

    @Test mutating func aSuccessBetweenCounts() {
        var breaker = breaker(failingAt: [0, 1, 2, 3])
        breaker.succeeded(isProbe: false)
        for milliseconds in 4...7 as ClosedRange<Int64> {
            breaker.failed(isProbe: false, now: moment(milliseconds), using: &random)
        }
        #expect(breaker.state == .closed)
    }

    @Test mutating func waitsTwiceAsLongAfterEachProbe() throws {
        var breaker = breaker(failingAt: [0, 0, 0, 0, 0])
        var now = moment(0)
        for expected in [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000] as [Int64] {
            guard case .open(let until) = breaker.state else {
                Issue.record("is not open")
                return
            }
            let waited = until.milliseconds - now.milliseconds
            #expect((expected * 8 / 10...expected * 12 / 10).contains(waited))
            now = until
            breaker.beginProbe(now: now)
            #expect(breaker.admission(now: now) == .busy)
            // What began before it opened changes nothing.
            breaker.failed(isProbe: false, now: now, using: &random)
            breaker.succeeded(isProbe: false)
            #expect(breaker.state == .probing)
            breaker.failed(isProbe: true, now: now, using: &random)
        }
        guard case .open(let until) = breaker.state else { return }
        breaker.beginProbe(now: until)
        let hasClosed = breaker.succeeded(isProbe: true)
        #expect(hasClosed)
        #expect(breaker.state == .closed && breaker.admission(now: until) == .allowed)
    }

    @Test mutating func closesAfterALateProbe() {
        var breaker = breaker(failingAt: [0, 0, 0, 0, 0])
        breaker.beginProbe(now: moment(10_000))
        let hasClosed = breaker.failed(isProbe: true, now: moment(10_100), using: &random)
        #expect(hasClosed)
        #expect(breaker.state == .closed)
    }

    @Test mutating func aReleasedProbeIsReplaced() {
        var breaker = breaker(failingAt: [0, 0, 0, 0, 0])
        breaker.beginProbe(now: moment(3000))
        breaker.probeReleased(now: moment(3001))
        #expect(breaker.admission(now: moment(3001)) == .probe)
    }
}
