public import HooklineStorage
import Synchronization

/// Whether this process should get requests: it is not shutting down, and its database answers and has the schema.
public final class Readiness: Sendable {
    private let database: any Database
    private let schemaVersion: Int
    private let isShuttingDown = Atomic(false)

    /// - Parameters:
    ///   - database: must answer.
    ///   - schemaVersion: how many migrations this binary knows.
    public init(database: any Database, schemaVersion: Int) {
        self.database = database
        self.schemaVersion = schemaVersion
    }

    /// From now on the process is not ready, so that a load balancer sends requests elsewhere.
    public func beginShutdown() { isShuttingDown.store(true, ordering: .relaxed) }

    /// What is wrong with the process and with its database; nil where all is well.
    func problems() async -> (process: String?, database: String?) {
        if isShuttingDown.load(ordering: .relaxed) { return ("shutting down", nil) }
        do {
            return (nil, try await schemaProblem())
        } catch {
            return (nil, ErrorResponse(error).problem.detail)
        }
    }

    private func schemaProblem() async throws -> String? {
        let row = try await database.read { transaction in
            try transaction.first(
                "SELECT count(*) AS applied, max(oldest_allowed_version) AS oldest FROM hookline_migrations"
            )
        }
        guard let row, try row.integer("applied") >= schemaVersion else { return "not migrated yet" }
        let oldest = try row.optionalInteger("oldest") ?? 0
        return oldest > schemaVersion ? "upgraded by a newer server" : nil
    }
}
