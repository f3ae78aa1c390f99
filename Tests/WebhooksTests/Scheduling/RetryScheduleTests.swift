import HooklinePrimitives
import Testing

@testable import HooklineWebhooks

/// How long is waited between attempts.
struct RetryScheduleTests {
    private func read(_ text: String) throws -> RetrySchedule {
        try RetrySchedule(JSONField(JSON.parse(text), path: "retries"))
    }

    @Test func hasPresets() throws {
        #expect(RetrySchedule.default.delaysMilliseconds == [1000, 2000])
        #expect(try RetrySchedule.exponential(attempts: 3) == .default)
        #expect(RetrySchedule.none.maximumAttempts == 1)
        #expect(RetrySchedule.standard.maximumAttempts == 10)
        // 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
        #expect(RetrySchedule.standard.delaysMilliseconds.reduce(0, +) == 272_105_000)
    }

    @Test func growsToItsMaximum() throws {
        let schedule = try RetrySchedule.exponential(attempts: 6, firstSeconds: 0.5, factor: 3, maximumSeconds: 10)
        #expect(schedule.delaysMilliseconds == [500, 1500, 4500, 10_000, 10_000])
        #expect(throws: RetryScheduleError.tooManyDelays(21)) { try RetrySchedule.exponential(attempts: 22) }
        #expect(throws: RetryScheduleError.self) { try RetrySchedule.exponential(attempts: 0) }
        #expect(throws: RetryScheduleError.delayOutOfRange(index: 1, seconds: 0)) {
            try RetrySchedule(delaysSeconds: [1, 0])
        }
    }

    @Test(arguments: [
        (#""default""#, RetrySchedule.default), (#""standard""#, .standard), (#""none""#, .none),
        (#"{"delays_seconds":[]}"#, .none), (#"{"delays_seconds":[1,2.0]}"#, .default),
    ])
    func isReadFromJSON(text: String, expected: RetrySchedule) throws {
        #expect(try read(text) == expected)
        #expect(try RetrySchedule(JSONField(expected.json)) == expected)
    }

    @Test func writesDelaysThatAreNoPreset() throws {
        let schedule = try read(#"{"delays_seconds":[0.1,60,604800]}"#)
        #expect(schedule.delaysMilliseconds == [100, 60_000, 604_800_000])
        #expect(schedule.json == ["delays_seconds": [0.1, 60, 604_800]])
        #expect(RetrySchedule.default.json == "default")
    }

    @Test(arguments: [
        (
            #""fast""#,
            "retries is no preset; accepted are 'default', 'standard', 'none' and an object with delays_seconds"
        ),
        ("3", "retries is neither the name of a preset nor an object with delays_seconds"),
        ("{}", "retries.delays_seconds is missing"),
        (#"{"delays_seconds":[1,0.05]}"#, "retries.delays_seconds[1] is 0.05; accepted are 0.1 to 604800.0"),
        (#"{"delays_seconds":["1"]}"#, "retries.delays_seconds[0] is text; expected a number"),
        (
            #"{"delays_seconds":[1],"attempts":3}"#,
            "retries.attempts is an unknown field; accepted are delays_seconds"
        ),
    ])
    func refusesTheRest(text: String, message: String) throws {
        let error = #expect(throws: FieldError.self) { try read(text) }
        #expect(try #require(error).description == message)
    }

    @Test func refusesTooManyDelays() throws {
        let delays = Array(repeating: "1", count: 21).joined(separator: ",")
        let error = #expect(throws: FieldError.self) { try read(#"{"delays_seconds":[\#(delays)]}"#) }
        #expect(error?.problem == "has 21 elements; accepted are at most 20")
    }

    @Test func spreadsDelaysEvenly() throws {
        var random = SimulationRandom(seed: 1)
        var sum: Int64 = 0
        for _ in 0..<10_000 {
            let delay = try #require(RetrySchedule.default.delayMilliseconds(afterAttempt: 2, using: &random))
            #expect((1600...2400).contains(delay))
            sum += delay
        }
        // The standard error of the mean is 2.3 ms.
        #expect((1990...2010).contains(sum / 10_000))
        #expect(RetrySchedule.default.delayMilliseconds(afterAttempt: 3, using: &random) == nil)
        #expect(RetrySchedule.default.delayMilliseconds(afterAttempt: 0, using: &random) == nil)
    }

    @Test(
        arguments: [
            // Asked for, and the range of what is waited after the first attempt of `default`, whose delay is 1 s.
            (nil, 800...1200), (-5, 800...1200), (0, 800...1200), (500, 800...1200),
            (1000, 1000...1200), (1001, 1001...1202), (10_000, 10_000...12_000),
            (3_600_000, 3_600_000...4_320_000), (Int64.max, 3_600_000...4_320_000),
        ] as [(Int64?, ClosedRange<Int64>)]
    )
    func honoursWhatTheReceiverAsksFor(asked: Int64?, expected: ClosedRange<Int64>) throws {
        var random = SimulationRandom(seed: 2)
        var seen: [Int64] = []
        for _ in 0..<1000 {
            seen.append(
                try #require(
                    RetrySchedule.default.delayMilliseconds(
                        afterAttempt: 1,
                        retryAfterMilliseconds: asked,
                        using: &random
                    )
                )
            )
        }
        let (least, most) = (seen.min() ?? 0, seen.max() ?? 0)
        #expect(expected.contains(least) && expected.contains(most))
        #expect(most - least > (expected.upperBound - expected.lowerBound) * 9 / 10)
    }
}
