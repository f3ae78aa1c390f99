import Foundation
import HooklinePrimitives
import HooklineServer
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@testable import HooklineApp

@Suite struct FirstAdminKeyTests {
    private func withKey(
        _ test: TestDatabase = .available[0],
        _ body: (FirstAdminKey) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            try await test.withDatabase { database in
                try await Migrator(Migrations.all).migrate(database)
                try await body(key(in: database, folder))
            }
        }
    }

    private func key(in database: any Database, _ folder: String) -> FirstAdminKey {
        FirstAdminKey(
            store: KeyStore(database),
            database: database,
            path: "\(folder)/hookline.admin-key",
            clock: TestClock().wallClock
        )
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    /// Whether the key in the file opens the database as an administrator.
    private func works(_ key: FirstAdminKey) async throws -> Bool {
        let authenticator = try Authenticator(store: key.store)
        return try await authenticator.principal(holding: try text(key.path))?.scope == .admin
    }

    @Test(arguments: TestDatabase.available)
    func anEmptyDatabaseGetsOneKey(_ test: TestDatabase) async throws {
        try await withKey(test) { key in
            let isMade = try await key.ensure()
            #expect(isMade)
            #expect(try permissions(key.path) == 0o600)
            #expect(!SmallFile.exists("\(key.path).new"))
            let works = try await works(key)
            #expect(works)
            let before = try text(key.path)
            let isMadeAgain = try await key.ensure()
            #expect(!isMadeAgain)
            #expect(try text(key.path) == before)
        }
    }

    @Test func aCrashBeforeStoringLosesNothing() async throws {
        try await withKey { key in
            // What a process leaves that ended between the file and the database.
            let lost = APIKey.generate()
            try SmallFile.create("\(key.path).new", contents: Array("\(lost.text)\n".utf8))
            let isMade = try await key.ensure()
            #expect(isMade)
            #expect(try text(key.path) == lost.text)
            let works = try await works(key)
            #expect(works)
        }
    }

    @Test func aCrashAfterStoringLosesNothing() async throws {
        try await withKey { key in
            let stored = APIKey.generate()
            try SmallFile.create("\(key.path).new", contents: Array("\(stored.text)\n".utf8))
            let record = StoredKey(stored, name: "a", scope: .admin, createdAt: Timestamp(milliseconds: 0))
            try await key.store.add(record)
            let isMade = try await key.ensure()
            #expect(isMade)
            #expect(try text(key.path) == stored.text)
            #expect(!SmallFile.exists("\(key.path).new"))
        }
    }

    @Test func aFileThatWasCutShortIsMadeAnew() async throws {
        for contents in ["", "hk_", "hk_abcdefghijkl_0123"] {
            try await withKey { key in
                try SmallFile.create("\(key.path).new", contents: Array(contents.utf8))
                let isMade = try await key.ensure()
                #expect(isMade)
                let works = try await works(key)
                #expect(works)
            }
        }
    }

    @Test func aKeyThatLostTheRaceIsRemoved() async throws {
        try await withKey { key in
            let (winner, loser) = (APIKey.generate(), APIKey.generate())
            try SmallFile.create("\(key.path).new", contents: Array("\(loser.text)\n".utf8))
            let record = StoredKey(winner, name: "a", scope: .admin, createdAt: Timestamp(milliseconds: 0))
            try await key.store.add(record)
            let isMade = try await key.ensure()
            #expect(!isMade)
            #expect(!SmallFile.exists("\(key.path).new"))
            #expect(!SmallFile.exists(key.path))
        }
    }

    @Test func aRevokedKeyStaysRevoked() async throws {
        try await withKey { key in
            _ = try await key.ensure()
            let revoked = try text(key.path)
            let id = try #require(APIKey(revoked)?.id)
            _ = try await key.store.remove(id)
            let isMade = try await key.ensure()
            #expect(isMade)
            #expect(try text(key.path) != revoked)
            #expect(try permissions(key.path) == 0o600)
            let authenticator = try Authenticator(store: key.store)
            let holder = try await authenticator.principal(holding: revoked)
            #expect(holder == nil)
        }
    }

    @Test func aFileThatOthersCouldReadIsRefused() async throws {
        try await withKey { key in
            let chosen = APIKey.generate()
            try SmallFile.create("\(key.path).new", contents: Array("\(chosen.text)\n".utf8))
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(key.path).new")
            await #expect(throws: StartError.self) { try await key.ensure() }
            let isStored = try await key.store.hasKey(of: .admin)
            #expect(!isStored)
        }
    }

    @Test func aLinkIsRefused() async throws {
        try await withKey { key in
            let target = "\(key.path).target"
            try SmallFile.create(target, contents: Array("\(APIKey.generate().text)\n".utf8))
            try FileManager.default.createSymbolicLink(atPath: "\(key.path).new", withDestinationPath: target)
            await #expect(throws: StartError.self) { try await key.ensure() }
        }
    }

    @Test(arguments: TestDatabase.shared)
    func ofSeveralNodesOneMakesTheKey(_ test: TestDatabase) async throws {
        try await test.withStorage { storage in
            let first = try await storage.open()
            try await Migrator(Migrations.all).migrate(first)
            let second = try await storage.open()
            try await withTemporaryFolder { one in
                try await withTemporaryFolder { two in
                    async let here = key(in: first, one).ensure()
                    async let there = key(in: second, two).ensure()
                    let made = try await [here, there]
                    #expect(made.filter(\.self).count == 1)
                    let keys = try await KeyStore(first).keys(PageRequest())
                    #expect(keys.items.count == 1)
                }
            }
        }
    }
}
