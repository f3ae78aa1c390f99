import HooklinePrimitives

/// What came of one attempt.
enum AttemptAnswer: Sendable, Equatable {
    /// The receiver answered with this status.
    case status(Int)
    /// No answer came; the kind is the client's, such as `timeout` or `connect`.
    case failure(kind: String)
}

/// What becomes of a delivery after an attempt.
///
/// | answer                     | decision                                        |
/// |----------------------------|-------------------------------------------------|
/// | 200 to 299                 | succeed                                         |
/// | 410 Gone                   | disable the subscription; this delivery failed  |
/// | any other, attempts left   | retry; a redirect is never followed             |
/// | any other, no attempt left | exhaust                                         |
///
/// A status of 4xx is retried as well: receivers answer 401 or 404 during a deployment, and an event that was given up
/// is gone, while an attempt too many costs little.
enum AttemptDecision: Sendable, Equatable {
    case succeed
    case retry(at: Timestamp)
    case exhaust
    case disable(DisableReason)

    /// Decides after the attempt of this number, counted from 1. `retryAfterMilliseconds` is what the receiver asked
    /// for, and counts with any status that is not a success.
    static func decide(
        attempt: Int,
        answer: AttemptAnswer,
        schedule: RetrySchedule,
        retryAfterMilliseconds: Int64? = nil,
        now: Timestamp,
        using generator: inout some RandomNumberGenerator
    ) -> AttemptDecision {
        switch answer {
        case .status(200...299): return .succeed
        case .status(410): return .disable(.gone)
        case .status, .failure:
            let delay = schedule.delayMilliseconds(
                afterAttempt: attempt,
                retryAfterMilliseconds: retryAfterMilliseconds,
                using: &generator
            )
            return delay.map { .retry(at: now.advanced(byMilliseconds: $0)) } ?? .exhaust
        }
    }
}

/// Why a subscription is switched off without its owner.
enum DisableReason: String, Sendable, Equatable {
    /// The receiver answered 410: it wants no more.
    case gone
}
