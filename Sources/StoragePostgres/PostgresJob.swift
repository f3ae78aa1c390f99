import Dispatch
internal import HooklineStorage

/// What waits for a connection: one transaction, and the caller that waits for it.
struct PostgresJob: Sendable {
    /// When the caller has waited long enough for a connection.
    let deadline: DispatchTime
    let run: @Sendable (PostgresConnection) -> Void
    /// Called instead of `run`.
    let fail: @Sendable (StorageError) -> Void
}
