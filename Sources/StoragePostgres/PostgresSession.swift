import CLibPQ
internal import HooklineStorage

/// Statements on one open connection. It is used by one thread at a time.
final class PostgresSession {
    let pointer: OpaquePointer
    /// The SQLSTATE of what failed first since `begin`: PostgreSQL accepts nothing after it but a rollback.
    private(set) var failure: String?
    /// Nil where the application owns the connection, which nothing is left behind on.
    private var statements: RecencyCache<Variants>?
    private var lastStatement = 0

    /// Texts; each may be prepared for several types of its values.
    static let maximumPreparedStatements = 256
    static let maximumVariants = 8

    /// The statements that one text is prepared as: a NULL takes any type, so they differ by what is not NULL.
    private final class Variants {
        var all: [(name: String, types: [Oid])] = []
    }

    init(_ pointer: OpaquePointer, isOwned: Bool) {
        self.pointer = pointer
        statements = isOwned ? RecencyCache(capacity: Self.maximumPreparedStatements) : nil
    }

    var isBroken: Bool { PQstatus(pointer) != CONNECTION_OK }

    /// Runs a statement with values.
    func run(_ sql: String, _ parameters: Parameters) throws -> PostgresResult {
        let name = try statements == nil ? nil : preparedName(sql, parameters.types)
        let result = parameters.withPointers { values, lengths, formats in
            if let name {
                PQexecPrepared(pointer, name, CInt(parameters.count), values, lengths, formats, 1)
            } else {
                PQexecParams(
                    pointer,
                    sql,
                    CInt(parameters.count),
                    parameters.types,
                    values,
                    lengths,
                    formats,
                    1
                )
            }
        }
        return try checked(result)
    }

    /// Runs SQL without values, such as `BEGIN`, and answers its tag.
    @discardableResult
    func command(_ sql: String) throws -> String {
        try checked(PQexec(pointer, sql)).commandTag
    }

    /// Begins to remember failures anew.
    func begin(_ sql: String) throws {
        failure = nil
        try command(sql)
    }

    /// Commits.
    ///
    /// - Throws: `StorageError.unavailable` with the code 08007 where nobody knows whether it happened.
    func commit() throws {
        let tag: String
        do {
            tag = try command("COMMIT")
        } catch {
            throw isBroken ? StorageError.unknownOutcome(pointer) : error
        }
        // A body that swallows an error leaves a transaction that COMMIT rolls back, without an error.
        guard tag == "COMMIT" else {
            throw StorageError.failed(
                code: failure ?? "25P02",
                message: "a statement failed and the body went on, so the transaction was rolled back"
            )
        }
    }

    /// Ends a transaction that may be open. What remains open is the connection's end.
    func rollback() {
        if !isBroken, PQtransactionStatus(pointer) != PQTRANS_IDLE { _ = try? command("ROLLBACK") }
    }

    // MARK: Prepared statements

    private func preparedName(_ sql: String, _ types: [Oid]) throws -> String {
        let known = statements?.element(for: sql)
        if let fitting = known?.all.first(where: { Self.fit(types, $0.types) }) { return fitting.name }
        // What was not NULL before gives a NULL its type, so that one statement soon fits every call.
        let types = types.enumerated().map { index, type in
            type != 0 ? type : known?.all.lazy.map { $0.types[index] }.first { $0 != 0 } ?? 0
        }
        lastStatement += 1
        let name = "hookline_\(lastStatement)"
        _ = try checked(PQprepare(pointer, name, sql, CInt(types.count), types))
        if let known {
            if known.all.count >= Self.maximumVariants { try command("DEALLOCATE \(known.all.removeFirst().name)") }
            known.all.append((name, types))
        } else {
            let variants = Variants()
            variants.all = [(name, types)]
            for (evicted, _) in statements?.insert(variants, for: sql)?.all ?? [] {
                try command("DEALLOCATE \(evicted)")
            }
        }
        return name
    }

    private static func fit(_ types: [Oid], _ prepared: [Oid]) -> Bool {
        types.count == prepared.count && zip(types, prepared).allSatisfy { $0 == 0 || $0 == $1 }
    }

    private func checked(_ result: OpaquePointer?) throws -> PostgresResult {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
            return PostgresResult(result!)
        case PGRES_EMPTY_QUERY:
            PQclear(result)
            throw StorageError.failed(code: "42601", message: "empty statement")
        default:
            defer { PQclear(result) }
            let error = StorageError(result: result, connection: pointer)
            failure = failure ?? error.engineCode
            if let code = error.engineCode, TransactionRetry.isStalePlan(code) { statements?.removeAll() }
            throw Self.explained(error)
        }
    }

    /// The server's own words do not tell what to write instead.
    private static func explained(_ error: StorageError) -> StorageError {
        guard case .failed("42P18", let message) = error else { return error }
        return .failed(
            code: "42P18",
            message: "\(message); write CAST(... AS its type) around a value that may be NULL"
        )
    }
}
