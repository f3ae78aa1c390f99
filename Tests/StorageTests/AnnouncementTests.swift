import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct AnnouncementTests {
    private static let channel = Channel("first_channel")
    private static let other = Channel("other_channel")

    /// Listens, and waits until the server listens too, which is told by a first announcement there.
    private func listen(
        to channel: Channel,
        on database: any Database
    ) async -> AsyncStream<Void>.AsyncIterator {
        var iterator = database.announcements(of: channel).makeAsyncIterator()
        if database.dialect == .postgres { _ = await iterator.next(isolation: nil) }
        return iterator
    }

    @Test(arguments: TestDatabase.available)
    func aListenerIsWokenEachTime(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            var listener = await listen(to: Self.channel, on: database)
            for _ in 0..<5 {
                database.announce(Self.channel)
                #expect(await listener.next(isolation: nil) != nil)
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func everyListenerIsWoken(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            var first = await listen(to: Self.channel, on: database)
            var second = database.announcements(of: Self.channel).makeAsyncIterator()
            database.announce(Self.channel)
            #expect(await first.next(isolation: nil) != nil)
            #expect(await second.next(isolation: nil) != nil)
        }
    }

    /// After the other channel's announcement was heard, this one's would have been too.
    @Test(arguments: TestDatabase.available)
    func otherChannelsAreNotHeard(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            var heard = await listen(to: Self.other, on: database)
            var silent = database.announcements(of: Self.channel).makeAsyncIterator()
            database.announce(Self.other)
            #expect(await heard.next(isolation: nil) != nil)
            try await database.close()
            #expect(await silent.next(isolation: nil) == nil)
        }
    }

    @Test(arguments: TestDatabase.available)
    func closingEndsTheStreams(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            var listener = await listen(to: Self.channel, on: database)
            try await database.close()
            #expect(await listener.next(isolation: nil) == nil)
            var late = database.announcements(of: Self.channel).makeAsyncIterator()
            #expect(await late.next(isolation: nil) == nil)
            // Nobody hears it, and nothing breaks.
            database.announce(Self.channel)
        }
    }

    @Test func aBusyListenerKeepsOneAnnouncement() async {
        let announcements = Announcements()
        var listener = announcements.stream(of: Self.channel).makeAsyncIterator()
        for _ in 0..<100 { announcements.deliver(Self.channel) }
        announcements.finish()
        #expect(await listener.next(isolation: nil) != nil)
        #expect(await listener.next(isolation: nil) == nil)
    }

    @Test(arguments: TestDatabase.postgresOnly)
    func nodesWakeEachOther(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let (first, second) = (try await storage.open(), try await storage.open())
            var onFirst = await listen(to: Self.channel, on: first)
            var onSecond = await listen(to: Self.channel, on: second)
            second.announce(Self.channel)
            #expect(await onFirst.next(isolation: nil) != nil)
            #expect(await onSecond.next(isolation: nil) != nil)
            first.announce(Self.channel)
            #expect(await onSecond.next(isolation: nil) != nil)
        }
    }

    /// Notices arrive in the order of their commits, so after the second one the first would have been heard.
    @Test(arguments: TestDatabase.postgresOnly)
    func schemasDoNotHearEachOther(on database: TestDatabase) async throws {
        try await database.withDatabase { stranger in
            try await database.withDatabase { own in
                var witness = await listen(to: Self.channel, on: stranger)
                var silent = await listen(to: Self.channel, on: own)
                var heard = own.announcements(of: Self.other).makeAsyncIterator()
                stranger.announce(Self.channel)
                #expect(await witness.next(isolation: nil) != nil)
                own.announce(Self.other)
                #expect(await heard.next(isolation: nil) != nil)
                try await own.close()
                #expect(await silent.next(isolation: nil) == nil)
            }
        }
    }

    @Test(arguments: TestDatabase.postgresOnly)
    func listeningGoesOnAfterItsConnectionBroke(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            var listener = await listen(to: Self.channel, on: database)
            let ended = try await database.read { transaction in
                try transaction.rows(
                    """
                    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                    WHERE application_name = current_setting('application_name') AND query LIKE 'LISTEN%'
                    """
                ).count
            }
            #expect(ended == 1)
            // What it may have missed in between.
            #expect(await listener.next(isolation: nil) != nil)
            database.announce(Self.channel)
            #expect(await listener.next(isolation: nil) != nil)
        }
    }
}
