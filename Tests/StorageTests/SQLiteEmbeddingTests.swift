import Foundation
import GRDB
import HooklineStorage
import HooklineStorageSQLite
import Testing

/// An application's own GRDB database: what it saves and what Hookline saves are one transaction.
@Suite struct SQLiteEmbeddingTests {
    private func makeQueue() throws -> DatabaseQueue {
        let queue = try DatabaseQueue()
        try queue.write { database in
            try database.execute(sql: "CREATE TABLE videos (title TEXT)")
            try SQLiteTransaction(database).execute(Items.creation)
        }
        return queue
    }

    private func counts(in queue: DatabaseQueue) throws -> [Int] {
        try queue.read { database in
            [
                try Int.fetchOne(database, sql: "SELECT count(*) FROM videos") ?? -1,
                Int(try Items.count(in: SQLiteTransaction(database))),
            ]
        }
    }

    @Test func bothAreCommitted() throws {
        let queue = try makeQueue()
        try queue.write { database in
            try database.execute(sql: "INSERT INTO videos (title) VALUES ('x')")
            let transaction = SQLiteTransaction(database)
            try Items.add("a", in: transaction)
            let batch = BulkInsert(into: "items", columns: [.init("id", .text)], rows: [[.text("b")], [.text("c")]])
            #expect(try transaction.insert(batch) == 2)
        }
        #expect(try counts(in: queue) == [1, 3])
    }

    @Test func bothAreRolledBack() throws {
        let queue = try makeQueue()
        #expect(throws: Refusal.self) {
            try queue.write { database in
                try database.execute(sql: "INSERT INTO videos (title) VALUES ('x')")
                try Items.add("a", in: SQLiteTransaction(database))
                throw Refusal()
            }
        }
        #expect(try counts(in: queue) == [0, 0])
    }

    /// The application reads with the same text while Hookline runs it.
    @Test func aStatementThatTheApplicationReadsFromIsNotTouched() throws {
        let queue = try makeQueue()
        try queue.write { database in
            let transaction = SQLiteTransaction(database)
            for id in ["a", "b", "c"] { try Items.add(id, in: transaction) }
            let sql = "SELECT id FROM items ORDER BY id"
            let cursor = try String.fetchCursor(database.cachedStatement(sql: sql))
            var read: [String] = []
            while let id = try cursor.next() {
                read.append(id)
                #expect(try transaction.rows(HooklineStorage.Statement(sql: sql)).count == 3)
            }
            #expect(read == ["a", "b", "c"])
        }
    }

    /// The connection closes, so no statement of ours is left on it.
    @Test func theConnectionCanBeClosed() throws {
        let queue = try makeQueue()
        try queue.write { try Items.add("a", in: SQLiteTransaction($0)) }
        try queue.close()
    }
}
