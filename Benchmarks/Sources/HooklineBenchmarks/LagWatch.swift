import GRDBSQLite
import HooklinePrimitives

/// Reads from beside the server how far a projection is.
final class LagWatch {
    private let connection: OpaquePointer

    init(_ path: String) throws {
        connection = try BareLog.open(path)
    }

    deinit {
        sqlite3_close(connection)
    }

    func positions() throws -> (head: Int64, folded: Int64) {
        // Folded first: both may only seem further apart than they are.
        let folded = try BareLog.number(
            "SELECT coalesce(max(position), 0) FROM hookline_projections WHERE name = 'experiments'",
            connection
        )
        return (try BareLog.number("SELECT coalesce(max(position), 0) FROM hookline_events", connection), folded)
    }

    /// Seconds since the oldest event that is not folded was received, 0 where there is none.
    func lag() throws -> Double {
        let received = try BareLog.number(
            """
            SELECT received_at FROM hookline_events WHERE position >
            (SELECT coalesce(max(position), 0) FROM hookline_projections WHERE name = 'experiments')
            ORDER BY position LIMIT 1
            """,
            connection
        )
        return received == 0 ? 0 : Double(max(0, Timestamp.now().milliseconds - received)) / 1000
    }
}
