import HooklineApp
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@testable import HooklineServer

@Suite struct AuthenticatorTests {
    /// Two authenticators on one database, as two nodes have.
    private struct Nodes {
        let store: KeyStore
        let clock = TestClock()
        let instant = TestInstant()
        let here: Authenticator
        let there: Authenticator

        init(_ database: any Database) throws {
            store = KeyStore(database)
            let make = { [store, clock, instant] in
                try Authenticator(store: store, clock: clock.wallClock, now: instant.read)
            }
            (here, there) = (try make(), try make())
        }

        func add(_ scope: KeyScope = .write) async throws -> APIKey {
            let key = APIKey.generate()
            try await store.add(StoredKey(key, name: "test", scope: scope, createdAt: clock.now()))
            return key
        }
    }

    private func withNodes(_ body: (Nodes) async throws -> Void) async throws {
        try await TestDatabase.memory.withDatabase { database in
            try await Migrator(Migrations.all).migrate(database)
            try await body(try Nodes(database))
        }
    }

    @Test func aStoredKeyTellsItsHolder() async throws {
        try await withNodes { nodes in
            let key = try await nodes.add(.client)
            let expected = Principal(origin: .storedKey(id: key.id), scope: .client)
            for _ in 0..<2 { #expect(try await nodes.here.principal(holding: key.text) == expected) }
        }
    }

    @Test func otherSecretsAndIdsAreRefused() async throws {
        try await withNodes { nodes in
            let (key, other) = (try await nodes.add(), APIKey.generate())
            #expect(try await nodes.here.principal(holding: other.text) == nil)
            #expect(try await nodes.here.principal(holding: "hk_\(key.id)_\(other.secret)") == nil)
            #expect(try await nodes.here.principal(holding: "") == nil)
            #expect(try await nodes.here.principal(holding: String(repeating: "a", count: 100_000)) == nil)
        }
    }

    @Test func revocationCountsHereAtOnceAndThereWithinSeconds() async throws {
        try await withNodes { nodes in
            let key = try await nodes.add()
            #expect(try await nodes.here.principal(holding: key.text) != nil)
            #expect(try await nodes.there.principal(holding: key.text) != nil)
            #expect(try await nodes.here.revoke(key.id))
            #expect(try await nodes.here.principal(holding: key.text) == nil)
            #expect(try await nodes.there.principal(holding: key.text) != nil)
            nodes.instant.advance(by: Authenticator.timeToLive)
            #expect(try await nodes.there.principal(holding: key.text) == nil)
            #expect(try await !nodes.here.revoke(key.id))
        }
    }

    @Test func useIsNotedOnceItIsFlushed() async throws {
        try await withNodes { nodes in
            let key = try await nodes.add()
            nodes.clock.advance(byMilliseconds: 1500)
            _ = try await nodes.here.principal(holding: key.text)
            #expect(try await nodes.store.key(key.id)?.lastUsedAt == nil)
            try await nodes.here.flushUsage()
            #expect(try await nodes.store.key(key.id)?.lastUsedAt == nodes.clock.now())
            try await nodes.here.flushUsage()
        }
    }

    @Test func theEnvironmentsKeyIsAnAdministrators() async throws {
        let key = "0123456789abcdef0123456789abcdef"
        let database = BrokenDatabase(error: .busy(code: "5"))
        let authenticator = try Authenticator(store: KeyStore(database), environmentKey: key)
        // It works without the database, which is when it is needed most.
        #expect(try await authenticator.principal(holding: key)?.scope == .admin)
        #expect(try await authenticator.principal(holding: key + "x") == nil)
    }

    @Test func aShortEnvironmentKeyIsRefused() {
        let database = BrokenDatabase(error: .closed)
        #expect(throws: AuthenticatorError.environmentKeyTooShort(minimumCharacters: 32)) {
            try Authenticator(store: KeyStore(database), environmentKey: String(repeating: "x", count: 31))
        }
    }

    @Test func aFailingDatabaseIsNotAWrongKey() async throws {
        let error = StorageError.unavailable(code: "08006", message: "gone")
        let authenticator = try Authenticator(store: KeyStore(BrokenDatabase(error: error)))
        await #expect(throws: error) { try await authenticator.principal(holding: APIKey.generate().text) }
    }

    @Test func theCacheIsBounded() async throws {
        try await withNodes { nodes in
            var state = Authenticator.State()
            let stored = StoredKey(.generate(), name: "", scope: .read, createdAt: nodes.clock.now())
            let now = ContinuousClock.now
            for index in 0...Authenticator.maximumCachedKeys {
                state.remember(stored, id: "\(index)", until: now + .seconds(1), now: now)
            }
            #expect(state.cached.count <= Authenticator.maximumCachedKeys)
        }
    }
}
