public import HooklinePrimitives
import Synchronization

/// A wall clock that stands still until a test moves it.
public final class TestClock: Sendable {
    private let time: Mutex<Timestamp>

    /// 2026-01-28T10:00:00.000Z unless a test needs another moment.
    public init(_ start: Timestamp = Timestamp(milliseconds: 1_769_594_400_000)) {
        time = Mutex(start)
    }

    /// What is passed to the code under test.
    public var wallClock: WallClock { WallClock { self.now() } }

    public func now() -> Timestamp { time.withLock { $0 } }

    public func set(to timestamp: Timestamp) { time.withLock { $0 = timestamp } }

    public func advance(byMilliseconds milliseconds: Int64) {
        time.withLock { $0 = $0.advanced(byMilliseconds: milliseconds) }
    }
}
