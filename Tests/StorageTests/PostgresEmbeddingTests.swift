import CLibPQ
import HooklineStorage
import HooklineStoragePostgres
import HooklineStorageTestSupport
import Testing

/// An application's own connection: what it saves and what Hookline saves are one transaction.
@Suite struct PostgresEmbeddingTests {
    private final class Application {
        let connection: OpaquePointer

        init(_ storage: TestStorage) throws {
            guard case .postgres(let url, _) = storage.place else { throw TestDatabaseError.notShared }
            connection = try #require(PQconnectdb(url))
            try #require(PQstatus(connection) == CONNECTION_OK)
        }

        func execute(_ sql: String) throws {
            let result = PQexec(connection, sql)
            defer { PQclear(result) }
            try #require(PQresultStatus(result) == PGRES_COMMAND_OK)
        }

        deinit { PQfinish(connection) }
    }

    @Test(arguments: TestDatabase.postgresOnly, [true, false])
    func bothAreCommittedOrNeither(on database: TestDatabase, commits: Bool) async throws {
        try await database.withStorage { storage in
            let database = try await storage.open()
            try await Items.create(in: database)
            let application = try Application(storage)
            try application.execute("CREATE TABLE videos (title TEXT)")
            try application.execute("BEGIN")
            try application.execute("INSERT INTO videos (title) VALUES ('x')")
            let transaction = PostgresTransaction(application.connection)
            try Items.add("a", number: 7, in: transaction)
            let batch = BulkInsert(into: "items", columns: [.init("id", .text)], rows: [[.text("b")], [.text("c")]])
            #expect(try transaction.insert(batch) == 2)
            #expect(try transaction.first("SELECT number FROM items WHERE id = \("a")")?.integer("number") == 7)
            try application.execute(commits ? "COMMIT" : "ROLLBACK")
            let videos = try await database.read { try $0.rows("SELECT title FROM videos").count }
            #expect(videos == (commits ? 1 : 0))
            #expect(try await Items.ids(in: database) == (commits ? ["a", "b", "c"] : []))
        }
    }

    /// Nothing of ours is left on a connection that is not ours.
    @Test(arguments: TestDatabase.postgresOnly)
    func noPreparedStatementIsLeftBehind(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let application = try Application(storage)
            let transaction = PostgresTransaction(application.connection)
            _ = try transaction.rows("SELECT \(1) AS n")
            let left = try transaction.first("SELECT count(*) AS n FROM pg_prepared_statements")?.integer("n")
            #expect(left == 0)
        }
    }
}
