internal import HooklineStorage

/// One snapshot for one body. Statements that may write are refused by the connection.
struct ReadTransaction {
    let connection: SQLiteConnection

    /// Reads of a WAL database wait for nobody but a process that opens, closes or repairs it.
    static let maximumBusyRetries = 5

    func run<Result>(_ body: (any Transaction) throws -> Result) throws -> Result {
        for _ in 0..<Self.maximumBusyRetries {
            do {
                return try runOnce(body)
            } catch StorageError.busy {
                continue
            }
        }
        return try runOnce(body)
    }

    private func runOnce<Result>(_ body: (any Transaction) throws -> Result) throws -> Result {
        connection.clearFailure()
        try connection.control("BEGIN")
        // Nothing was written, so there is nothing that a COMMIT would save.
        defer { connection.rollback() }
        let result = try body(SQLiteTransaction(connection))
        try connection.checkNothingWasSwallowed()
        return result
    }
}
