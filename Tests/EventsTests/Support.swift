import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport

extension EngagementEvent {
    /// A click of a viewer.
    static func click(_ user: String, id: Identifier? = nil) -> EngagementEvent {
        EngagementEvent(
            id: id,
            type: "click",
            userID: Identifier(unchecked: user),
            occurredAt: Timestamp(milliseconds: 1_769_594_400_000)
        )
    }
}

extension TestDatabase {
    /// Runs `body` with an empty log.
    func withLog(_ body: (EventLog, EventStore, TestClock) async throws -> Void) async throws {
        try await withDatabase { database in
            try await Migrator(EventMigrations.all).migrate(database)
            let clock = TestClock()
            try await body(EventLog(database, clock: clock.wallClock), EventStore(database), clock)
        }
    }
}
