import HooklinePrimitives
import HooklineStorageTestSupport
import Testing

@testable import HooklineWebhooks

@Suite struct DeliveryClockTests {
    @Test func itRunsWithTheSteadyClockFromItsStart() {
        let start = Timestamp(milliseconds: 1_000_000)
        let clock = DeliveryClock(start: start) { 250 }
        #expect(clock.now() == Timestamp(milliseconds: 1_000_250))
        let steady = DeliveryClock.steady(from: start)
        let (first, second) = (steady.now(), steady.now())
        #expect(first >= start && second >= first)
    }

    /// The wall clock jumps by an hour while a retry waits, and the retry comes when it was due.
    @Test(arguments: TestDatabase.available, [3_600_000, -3_600_000] as [Int64])
    func aJumpOfTheWallClockHurriesAndStallsNothing(on database: TestDatabase, _ jump: Int64) async throws {
        try await database.withWebhooks { bench in
            let receiver = try await ScriptedReceiver([.status(500), .ok])
            try await bench.subscribe(receiver.url(), ["retry": ["delays_seconds": [2]]])
            try await bench.running {
                let id = try await bench.deliver()
                try await eventually("a failure") {
                    try await bench.webhooks.deliveries(DeliverySearch(event: id)).items.first?.attempts == 1
                }
                let failed = ContinuousClock.now
                bench.clock.advance(byMilliseconds: jump)
                try await eventually("success") { try await bench.statuses(of: id) == [.success] }
                // 80 % of two seconds, less the time in which a busy machine has noticed the failure.
                #expect(ContinuousClock.now - failed > .milliseconds(200))
                let stamps = try receiver.seen.requests.map { try SeenRequest($0).headers["webhook-timestamp"] ?? "" }
                // The signature has the wall clock's time.
                let seconds = stamps.compactMap { Int64($0) }
                #expect(abs(seconds[1] - seconds[0] - jump / 1000) <= 1)
            }
            await receiver.stop()
        }
    }
}
