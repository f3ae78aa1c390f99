import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct CloseTests {
    @Test(arguments: TestDatabase.available)
    func laterCallsAreRefused(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            try await database.close()
            await #expect(throws: StorageError.closed) { try await database.read { _ in } }
            await #expect(throws: StorageError.closed) { try await database.write { _ in } }
            try await database.close()
        }
    }

    @Test(arguments: TestDatabase.available)
    func neverUsed(on database: TestDatabase) async throws {
        try await database.withDatabase { try await $0.close() }
    }

    @Test(arguments: TestDatabase.shared)
    func whatRunsAndWhatWaitsIsFinished(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let closing = try await storage.open()
            try await Items.create(in: closing)
            let (isRunning, mayEnd) = (Gate(), Gate())
            let committed = Counter()
            async let running: Void = {
                try await closing.write { transaction in
                    isRunning.open()
                    mayEnd.wait()
                    try Items.add("running", in: transaction)
                }
                committed.increment()
            }()
            await isRunning.opened()
            async let closed: Int = {
                try await closing.close()
                return committed.value
            }()
            await until {
                do {
                    try await closing.read { _ in }
                    return false
                } catch {
                    return error as? StorageError == .closed
                }
            }
            mayEnd.open()
            _ = try await closed
            try await running
            #expect(try await Items.ids(in: try await storage.open()) == ["running"])
        }
    }

    @Test(arguments: TestDatabase.shared)
    func anotherHandleFindsWhatWasCommitted(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let first = try await storage.open()
            try await Items.create(in: first)
            try await first.write { try Items.add("a", in: $0) }
            let second = try await storage.open()
            #expect(try await Items.ids(in: second) == ["a"])
            try await first.close()
            try await second.write { try Items.add("b", in: $0) }
            #expect(try await Items.ids(in: try await storage.open()) == ["a", "b"])
        }
    }
}
