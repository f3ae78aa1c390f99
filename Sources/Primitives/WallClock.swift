/// Where the wall-clock time comes from. Tests pass a clock that they move.
public struct WallClock: Sendable {
    private let read: @Sendable () -> Timestamp

    public init(_ read: @escaping @Sendable () -> Timestamp) {
        self.read = read
    }

    public func now() -> Timestamp { read() }

    /// The system's clock.
    public static let system = WallClock(Timestamp.now)
}
