internal import HooklineStorage

/// Runs queued bodies and commits many of them with one sync of the disk.
///
/// Each runs in a savepoint of its own, so an error takes back only its own writes. Nobody is answered before COMMIT,
/// not even with an error: it may be about a row of a neighbour that then was not committed.
struct GroupCommit {
    let connection: SQLiteConnection
    let limit: Duration

    /// More would make the first of them wait without saving much: the sync is shared by all of them already.
    static let maximumBodies = 512
    /// How long bodies may run before what has run is committed.
    static let maximumDuration = Duration.milliseconds(50)
    /// How often a transaction is tried again that another process's lock kept from starting or ending.
    static let maximumBusyRetries = 5

    /// Runs jobs from the front of `jobs`, and answers them.
    ///
    /// - Returns: how many were answered: at least one, fewer than all where the time was up.
    func run(_ jobs: ArraySlice<any WriteJob>) -> Int {
        if jobs.count == 1 {
            runAlone(jobs.first!)
            return 1
        }
        do {
            try begin()
        } catch {
            return answer(jobs, failure: error)
        }
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: limit)
        var ran = jobs.prefix(0)
        for job in jobs {
            if !ran.isEmpty, clock.now >= deadline { break }
            ran = jobs.prefix(ran.count + 1)
            runInSavepoint(job)
            guard connection.isInTransaction else {
                // The disk was full, for example, and SQLite took back everybody's writes. Bodies may run again, so
                // everyone is tried alone: who asks for little may still get it.
                for job in ran { runAlone(job) }
                return ran.count
            }
        }
        do {
            try commit()
            for job in ran { job.answer() }
        } catch StorageError.constraint {
            // A deferred foreign key, which COMMIT checks, does not tell whose it is.
            connection.rollback()
            for job in ran { runAlone(job) }
        } catch {
            connection.rollback()
            return answer(ran, failure: error)
        }
        return ran.count
    }

    private func runInSavepoint(_ job: any WriteJob) {
        let wroteBefore = connection.wrote
        do {
            try connection.control("SAVEPOINT body")
            run(job)
            guard connection.isInTransaction else { return }
            if job.failure != nil {
                try connection.control("ROLLBACK TO body")
                connection.wrote = wroteBefore
            }
            try connection.control("RELEASE body")
        } catch {
            // A savepoint that cannot be left would mix this body with the next one.
            job.failure = error
            connection.rollback()
        }
    }

    /// Without neighbours the transaction itself is the savepoint.
    private func runAlone(_ job: any WriteJob) {
        var retries = 0
        while true {
            do {
                try begin()
                run(job)
                if let failure = job.failure {
                    connection.rollback()
                    // Another process may hold what the body needed; begin() does its own waiting.
                    if case .busy? = failure as? StorageError, retries < Self.maximumBusyRetries {
                        retries += 1
                        continue
                    }
                } else {
                    try commit()
                }
            } catch {
                connection.rollback()
                job.failure = error
            }
            return job.answer()
        }
    }

    private func run(_ job: any WriteJob) {
        connection.clearFailure()
        job.run(in: SQLiteTransaction(connection))
        do {
            if job.failure == nil { try connection.checkNothingWasSwallowed() }
        } catch {
            job.failure = error
        }
    }

    private func begin() throws {
        connection.wrote = false
        // IMMEDIATE, because a transaction that reads and then writes could not wait for another process's lock.
        try retryingBusy { try connection.control("BEGIN IMMEDIATE") }
    }

    /// Bodies that wrote nothing, or whose writes were all taken back, cost no sync.
    private func commit() throws {
        let statement = connection.wrote ? "COMMIT" : "ROLLBACK"
        try retryingBusy { try connection.control(statement) }
    }

    private func retryingBusy(_ body: () throws -> Void) throws {
        for _ in 0..<Self.maximumBusyRetries {
            do {
                return try body()
            } catch StorageError.busy {
                // The connection has waited for its busy timeout.
                continue
            }
        }
        try body()
    }

    private func answer(_ jobs: ArraySlice<any WriteJob>, failure: any Error) -> Int {
        for job in jobs {
            job.failure = failure
            job.answer()
        }
        return jobs.count
    }
}
