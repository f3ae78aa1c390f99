import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@testable import HooklineWebhooks

@Suite struct ReplayTests {
    /// What each scope makes due, by position: 1 was never dispatched, 2 succeeded, 3 failed, 4 is pending, 5 was skipped
    /// while the subscription was disabled, and 6 does not match.
    private static let made: [ReplayRequest.Scope: (new: [Int64], again: [Int64])] = [
        .missing: ([1], []), .failed: ([], [3, 5]), .undelivered: ([1], [3, 5]), .all: ([1], [2, 3, 5]),
    ]

    @Test(arguments: TestDatabase.available, ReplayRequest.Scope.allCases)
    func aScopeTakesWhatItSays(on database: TestDatabase, _ scope: ReplayRequest.Scope) async throws {
        let expected = try #require(Self.made[scope])
        try await database.withWebhooks { bench in
            try await bench.deliver(1)
            _ = try await bench.dispatch()
            let url = try WebhookURL("http://127.0.0.1:9/hook")
            let id = try await bench.subscribe(url, ["events": ["video.created"]]).subscription.id
            for number in 2...4 { try await bench.deliver(number) }
            _ = try await bench.dispatch()
            _ = try await bench.webhooks.disable(id)
            try await bench.deliver(5)
            try await bench.deliver(6, "batch.completed")
            _ = try await bench.dispatch()
            _ = try await bench.webhooks.enable(id)
            try await bench.end([(2, .success), (3, .failed)])

            let request = ReplayRequest(start: .position(1), scope: scope)
            let preview = try await bench.webhooks.previewReplay(request, to: id)
            let all = expected.new + expected.again
            #expect(preview.deliveries == all.count && preview.again == expected.again.count && preview.events == 6)

            let replay = try await bench.webhooks.replay(request, to: id)
            try await bench.stepReplays()
            let done = try await bench.webhooks.replay(replay.id)
            #expect(done.state == .completed && done.scheduled == all.count && done.request == request)
            let page = try await bench.webhooks.deliveries(DeliverySearch(subscription: id))
            let replayed = page.items.filter { $0.cause == .replay }
            #expect(replayed.map(\.key.position).sorted() == all.sorted())
            #expect(replayed.allSatisfy { $0.status == .pending })
            #expect(page.items.count == 4 + expected.new.count)
        }
    }
}

extension WebhookBench {
    /// Ends deliveries of the only subscription, as if attempts had been made.
    fileprivate func end(_ outcomes: [(position: Int64, state: DeliveryStore.State)]) async throws {
        let now = clock.now()
        try await database.write { transaction in
            for (position, state) in outcomes {
                try transaction.execute(
                    """
                    UPDATE hookline_webhook_deliveries SET state = \(state.rawValue), attempts = 1, completed_at = \(now)
                    WHERE position = \(position)
                    """
                )
            }
        }
    }

    /// Does what replays have to do now.
    fileprivate func stepReplays() async throws {
        let (store, directory, now) = (webhooks.replayStore, webhooks.directory, clock.now())
        _ = try await database.write { try store.step(directory, at: now, in: $0) }
    }
}
