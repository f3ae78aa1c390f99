import HooklineApp
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@testable import HooklineServer

@Suite struct KeyStoreTests {
    private func withStore(
        _ test: TestDatabase,
        _ body: (KeyStore, any Database) async throws -> Void
    ) async throws {
        try await test.withDatabase { database in
            try await Migrator(Migrations.all).migrate(database)
            try await body(KeyStore(database), database)
        }
    }

    private func stored(_ name: String, _ scope: KeyScope = .read, at milliseconds: Int64 = 0) -> StoredKey {
        StoredKey(.generate(), name: name, scope: scope, createdAt: Timestamp(milliseconds: milliseconds))
    }

    @Test(arguments: TestDatabase.available)
    func aKeyIsKept(_ test: TestDatabase) async throws {
        try await withStore(test) { store, _ in
            let key = stored("ингест", .write, at: 5)
            try await store.add(key)
            let found = try #require(try await store.key(key.id))
            #expect(found.name == "ингест")
            #expect(found.scope == .write)
            #expect(found.createdAt == Timestamp(milliseconds: 5))
            #expect(found.lastUsedAt == nil)
            #expect(found.digest.matches(key.digest))
            #expect(try await store.key("another") == nil)
        }
    }

    @Test(arguments: TestDatabase.available)
    func anIdIsTakenOnce(_ test: TestDatabase) async throws {
        try await withStore(test) { store, _ in
            let key = stored("one")
            try await store.add(key)
            let error = await #expect(throws: StorageError.self) { try await store.add(key) }
            guard case .constraint = error else {
                Issue.record("\(String(describing: error)) is not .constraint")
                return
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func addingJoinsTheCallersTransaction(_ test: TestDatabase) async throws {
        struct Stop: Error {}
        try await withStore(test) { store, database in
            let key = stored("one")
            await #expect(throws: Stop.self) {
                try await database.write { transaction in
                    try store.add(key, in: transaction)
                    throw Stop()
                }
            }
            let found = try await store.key(key.id)
            #expect(found == nil)
        }
    }

    @Test(arguments: TestDatabase.available)
    func removingTellsWhetherThereWasOne(_ test: TestDatabase) async throws {
        try await withStore(test) { store, _ in
            let key = stored("one")
            try await store.add(key)
            #expect(try await store.remove(key.id))
            #expect(try await !store.remove(key.id))
            #expect(try await store.key(key.id) == nil)
        }
    }

    @Test(arguments: TestDatabase.available)
    func knowsWhetherThereIsAnAdministrator(_ test: TestDatabase) async throws {
        try await withStore(test) { store, _ in
            try await store.add(stored("one", .write))
            #expect(try await !store.hasKey(of: .admin))
            try await store.add(stored("two", .admin))
            #expect(try await store.hasKey(of: .admin))
        }
    }

    @Test(arguments: TestDatabase.available)
    func theMomentOfUseNeverGoesBack(_ test: TestDatabase) async throws {
        try await withStore(test) { store, _ in
            let key = stored("one")
            try await store.add(key)
            for (noted, expected) in [(10, 10), (5, 10), (20, 20)] as [(Int64, Int64)] {
                try await store.markUsed([
                    key.id: Timestamp(milliseconds: noted), "another": Timestamp(milliseconds: 1),
                ])
                #expect(try await store.key(key.id)?.lastUsedAt == Timestamp(milliseconds: expected))
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func pagesHoldEveryKeyOnce(_ test: TestDatabase) async throws {
        try await withStore(test) { store, _ in
            // Several of one moment, so that the id decides.
            let keys = (0..<11).map { stored("key \($0)", at: Int64($0 / 4)) }
            for key in keys { try await store.add(key) }
            let expected = keys.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }.map(\.id)
            for limit in [1, 2, 4, 5, 11, 50] {
                var seen: [String] = []
                var cursor: String?
                repeat {
                    let page = try await store.keys(PageRequest(after: cursor, limit: limit))
                    #expect(page.items.count <= limit)
                    seen += page.items.map(\.id)
                    cursor = page.next
                } while cursor != nil
                #expect(seen == expected)
            }
        }
    }

    @Test(arguments: ["", "x", "1", "1x.y", "."])
    func otherCursorsAreRefused(_ cursor: String) async throws {
        try await withStore(TestDatabase.memory) { store, _ in
            await #expect(throws: KeyStoreError.invalidCursor) {
                try await store.keys(PageRequest(after: cursor))
            }
        }
    }
}
