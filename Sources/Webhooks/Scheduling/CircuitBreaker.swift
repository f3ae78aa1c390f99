import HooklinePrimitives

/// Keeps a lane from wasting attempts on a receiver that fails.
///
///     closed   5 failures in a row within 10 s       -> open for 2 s
///     open     its time is over, a delivery is due   -> probing
///     probing  success                               -> closed
///              failure                               -> open for twice as long as before, at most 60 s
///              failure of a probe that came late     -> closed
///
/// A probe is late where no delivery was due for a whole further interval: with so little traffic the retry schedule alone
/// is gentle enough, and the breaker would only delay it. The same holds for failures that are further apart.
/// Results of exchanges that began before it opened change nothing.
struct CircuitBreaker: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case closed
        case open(until: Timestamp)
        /// One delivery is under way.
        case probing
    }

    enum Admission: Sendable, Equatable {
        case allowed
        /// The delivery that starts next is the probe.
        case probe
        case wait(until: Timestamp)
        /// Until the probe has ended.
        case busy
    }

    private(set) var state = State.closed
    /// The latest failures in a row, at most `threshold`.
    private var failures: [Timestamp] = []
    private var intervalMilliseconds = CircuitBreaker.firstIntervalMilliseconds
    private var isProbeLate = false

    static let threshold = 5
    static let thresholdWindowMilliseconds: Int64 = 10_000
    static let firstIntervalMilliseconds: Int64 = 2000
    /// Before jitter.
    static let maximumIntervalMilliseconds: Int64 = 60_000
    /// To both sides, as a share of the interval.
    static let jitter = 0.2

    func admission(now: Timestamp) -> Admission {
        switch state {
        case .closed: .allowed
        case .probing: .busy
        case .open(let until): now < until ? .wait(until: until) : .probe
        }
    }

    mutating func beginProbe(now: Timestamp) {
        guard case .open(let until) = state else { return }
        isProbeLate = now.milliseconds - until.milliseconds > intervalMilliseconds
        state = .probing
    }

    /// The probe was not attempted: the next delivery is the probe.
    mutating func probeReleased(now: Timestamp) {
        if state == .probing { state = .open(until: now) }
    }

    /// Whether this closed it.
    @discardableResult
    mutating func succeeded(isProbe: Bool) -> Bool {
        if isProbe, state == .probing {
            close()
            return true
        }
        if state == .closed, !failures.isEmpty { failures.removeAll(keepingCapacity: true) }
        return false
    }

    /// Whether this closed it, as the failure of a late probe does.
    @discardableResult
    mutating func failed(isProbe: Bool, now: Timestamp, using generator: inout some RandomNumberGenerator) -> Bool {
        switch state {
        case .probing where isProbe && isProbeLate:
            close()
            failures.append(now)
            return true
        case .probing where isProbe:
            intervalMilliseconds = min(intervalMilliseconds * 2, Self.maximumIntervalMilliseconds)
            open(now: now, using: &generator)
        case .closed:
            if failures.count == Self.threshold { failures.removeFirst() }
            failures.append(now)
            if failures.count == Self.threshold,
                now.milliseconds - failures[0].milliseconds <= Self.thresholdWindowMilliseconds
            {
                open(now: now, using: &generator)
            }
        case .open, .probing: break
        }
        return false
    }

    private mutating func close() {
        state = .closed
        failures.removeAll(keepingCapacity: true)
        intervalMilliseconds = Self.firstIntervalMilliseconds
    }

    private mutating func open(now: Timestamp, using generator: inout some RandomNumberGenerator) {
        let share = 1 + Double.random(in: -Self.jitter...Self.jitter, using: &generator)
        state = .open(until: now.advanced(byMilliseconds: Int64((Double(intervalMilliseconds) * share).rounded())))
    }
}
