public import HooklineStorage

/// A fold of the log into tables: what happens to each event, in log order.
///
/// The fold runs in the transaction that stores its new position, so every event counts exactly once. It must be a
/// function of the log and of what it finds in that transaction alone: no clock, no randomness, nothing that depends on how
/// the log is cut into batches.
public struct Projection: Sendable {
    /// The name under which its position is kept.
    public let name: String
    let fold: @Sendable (_ events: [LoggedEvent], _ transaction: any Transaction) throws -> Void

    public init(
        name: String,
        fold: @escaping @Sendable (_ events: [LoggedEvent], _ transaction: any Transaction) throws -> Void
    ) {
        self.name = name
        self.fold = fold
    }
}
