public import HooklinePrimitives

/// How long to wait between the attempts of one delivery.
///
/// A schedule of n delays allows n + 1 attempts: the first at once, and one after each delay.
public struct RetrySchedule: Sendable, Equatable {
    /// The delay after the first attempt, after the second, and so on, without jitter.
    public let delaysMilliseconds: [Int64]

    /// Takes 0 to `maximumDelays` delays, each within `acceptedSeconds`; parts of a millisecond are rounded.
    public init(delaysSeconds: [Double]) throws(RetryScheduleError) {
        guard delaysSeconds.count <= Self.maximumDelays else { throw .tooManyDelays(delaysSeconds.count) }
        for (index, seconds) in delaysSeconds.enumerated() where !Self.acceptedSeconds.contains(seconds) {
            throw .delayOutOfRange(index: index, seconds: seconds)
        }
        delaysMilliseconds = delaysSeconds.map { Int64(($0 * 1000).rounded()) }
    }

    private init(delaysMilliseconds: [Int64]) {
        self.delaysMilliseconds = delaysMilliseconds
    }

    /// Delays that grow by `factor` from `firstSeconds` and stay at `maximumSeconds` once they have reached it:
    /// `attempts` of 3 from 1 second by 2 are the delays 1 s and 2 s.
    public static func exponential(
        attempts: Int,
        firstSeconds: Double = 1,
        factor: Double = 2,
        maximumSeconds: Double = 3600
    ) throws(RetryScheduleError) -> RetrySchedule {
        guard (1...(maximumDelays + 1)).contains(attempts) else { throw .tooManyDelays(attempts - 1) }
        var delays: [Double] = []
        var delay = firstSeconds
        for _ in 1..<attempts {
            delays.append(min(delay, maximumSeconds))
            delay *= factor
        }
        return try RetrySchedule(delaysSeconds: delays)
    }

    /// Three attempts, after 1 s and 2 s.
    public static let `default` = RetrySchedule(delaysMilliseconds: [1000, 2000])
    /// Ten attempts over three days: after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, as the
    /// specification of Standard Webhooks recommends ("Deliverability and reliability").
    public static let standard = RetrySchedule(
        delaysMilliseconds: [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400].map { $0 * 1000 }
    )
    /// One attempt.
    public static let none = RetrySchedule(delaysMilliseconds: [])

    public static let maximumDelays = 20
    /// A tenth of a second to a week.
    public static let acceptedSeconds: ClosedRange<Double> = 0.1...604_800
    /// How far a delay may be from the schedule, as a share of it, to both sides.
    public static let jitter = 0.2

    /// The most attempts of one delivery.
    public var maximumAttempts: Int { delaysMilliseconds.count + 1 }

    /// Milliseconds to wait after the attempt of this number, counted from 1; nil where it was the last one.
    ///
    /// The delay is drawn evenly from 80 % to 120 % of the schedule's, so that what failed together does not return
    /// together. A `Retry-After` that is longer than the schedule's delay takes its place, up to
    /// `RetryAfter.maximumHonouredMilliseconds`, and is only ever lengthened, up to 120 %. A shorter one has no effect
    /// but this: the answer is never earlier than the receiver asked for.
    public func delayMilliseconds(
        afterAttempt attempt: Int,
        retryAfterMilliseconds: Int64? = nil,
        using generator: inout some RandomNumberGenerator
    ) -> Int64? {
        guard attempt >= 1, attempt <= delaysMilliseconds.count else { return nil }
        let scheduled = delaysMilliseconds[attempt - 1]
        let asked = min(max(retryAfterMilliseconds ?? 0, 0), RetryAfter.maximumHonouredMilliseconds)
        let lowest = asked > scheduled ? 0 : -Self.jitter
        let share = 1 + Double.random(in: lowest...Self.jitter, using: &generator)
        return max(Int64((Double(max(scheduled, asked)) * share).rounded()), asked)
    }
}

// MARK: - JSON

extension RetrySchedule {
    private static let presets: [(name: String, schedule: RetrySchedule)] = [
        ("default", .default), ("standard", .standard), ("none", .none),
    ]

    /// The preset of this name: `default`, `standard` or `none`.
    public init?(preset name: String) {
        guard let preset = Self.presets.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else { return nil }
        self = preset.schedule
    }

    /// Reads the name of a preset, or `{"delays_seconds":[1,2,4]}`.
    public init(_ field: JSONField) throws(FieldError) {
        if field.value.string != nil {
            let name = try field.string()
            guard let preset = Self(preset: name) else {
                let accepted = Self.presets.map { "'\($0.name)'" }.joined(separator: ", ")
                throw field.error("is no preset; accepted are \(accepted) and an object with delays_seconds")
            }
            self = preset
            return
        }
        guard field.value.object != nil else {
            throw field.error("is neither the name of a preset nor an object with delays_seconds")
        }
        let body = try field.object()
        try body.allowOnly("delays_seconds")
        var delays: [Double] = []
        for element in try body.required("delays_seconds").elements(maximumCount: Self.maximumDelays) {
            delays.append(try element.double(in: Self.acceptedSeconds))
        }
        do {
            self = try RetrySchedule(delaysSeconds: delays)
        } catch {
            throw field.error(error.description)
        }
    }

    /// The name of the preset that has these delays, or else the delays in seconds.
    public var json: JSON {
        if let preset = Self.presets.first(where: { $0.schedule == self }) { return .string(preset.name) }
        let delays = delaysMilliseconds.map { milliseconds in
            milliseconds % 1000 == 0 ? JSON.integer(milliseconds / 1000) : .number(Double(milliseconds) / 1000)
        }
        return ["delays_seconds": .array(delays)]
    }
}

/// Why delays are no schedule.
public enum RetryScheduleError: Error, Equatable, CustomStringConvertible {
    case tooManyDelays(Int)
    case delayOutOfRange(index: Int, seconds: Double)

    public var description: String {
        switch self {
        case .tooManyDelays(let count):
            "has \(count) delays; accepted are 0 to \(RetrySchedule.maximumDelays)"
        case .delayOutOfRange(let index, let seconds):
            "has the delay \(seconds) s at index \(index); accepted are \(RetrySchedule.acceptedSeconds.lowerBound)"
                + " to \(RetrySchedule.acceptedSeconds.upperBound) s"
        }
    }
}
