import Foundation

/// A thread that owns one connection and runs one job after another on it: bodies block, so they may not use the
/// threads of the cooperative pool.
///
/// Unchecked, because `job` and `isStopped` are guarded by the condition, and only the thread uses the connection.
final class PostgresWorker: @unchecked Sendable {
    private let condition = NSCondition()
    private var job: PostgresJob?
    private var isStopped = false

    /// - Parameters:
    ///   - next: asked after each job for another one; nil puts the thread to sleep until `give(_:)`.
    ///   - stopped: called as the last thing that the thread does.
    func start(
        _ connection: sending PostgresConnection,
        next: @escaping @Sendable (PostgresWorker) -> PostgresJob?,
        stopped: @escaping @Sendable () -> Void
    ) {
        let owned = Owned(connection: connection)
        let thread = Thread { [self] in
            while let first = waitForJob() {
                var job: PostgresJob? = first
                while let current = job {
                    current.run(owned.connection)
                    job = next(self)
                }
            }
            owned.connection.close()
            stopped()
        }
        thread.name = "hookline-postgres"
        thread.start()
    }

    /// Hands a job to a worker that sleeps or is about to.
    func give(_ job: PostgresJob) {
        condition.lock()
        self.job = job
        condition.signal()
        condition.unlock()
    }

    /// Ends a worker that sleeps or is about to.
    func stop() {
        condition.lock()
        isStopped = true
        condition.signal()
        condition.unlock()
    }

    private func waitForJob() -> PostgresJob? {
        condition.lock()
        defer { condition.unlock() }
        while job == nil, !isStopped { condition.wait() }
        defer { job = nil }
        return job
    }

    /// Hands the connection over to the thread.
    private struct Owned: @unchecked Sendable {
        let connection: PostgresConnection
    }
}
