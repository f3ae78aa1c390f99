import HooklinePrimitives

/// The clock by which deliveries are due: it begins with the wall clock and then runs with the machine's steady one.
///
/// A wall clock that is set an hour ahead would make every retry due at once, and one that is set back would stall all of
/// them for an hour. This one notices neither. What it wrote before a restart is compared with the clock that the restart
/// began with, so a retry is then off by at most the jump. Signatures and logs have the wall clock's time.
struct DeliveryClock: Sendable {
    private let read: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - start: the wall clock's moment, or the shared database's, at this call.
    ///   - elapsed: the steady time since then, in milliseconds.
    init(start: Timestamp, elapsedMilliseconds: @escaping @Sendable () -> Int64) {
        read = { start.advanced(byMilliseconds: elapsedMilliseconds()) }
    }

    /// Runs with the system's steady clock, which goes on while the machine sleeps.
    static func steady(from start: Timestamp) -> DeliveryClock {
        let origin = ContinuousClock.now
        return DeliveryClock(start: start) {
            let elapsed = (ContinuousClock.now - origin).components
            return elapsed.seconds * 1000 + elapsed.attoseconds / 1_000_000_000_000_000
        }
    }

    func now() -> Timestamp { read() }
}
