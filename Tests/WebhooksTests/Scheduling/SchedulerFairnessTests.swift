import HooklinePrimitives
import Testing

@testable import HooklineWebhooks

/// Whole lives of a scheduler in virtual time: bad receivers, outages, backlogs.
struct SchedulerFairnessTests {
    private static let timeoutMilliseconds: Int64 = 15_000

    /// So many of 100 receivers hang; each subscription gets an event a second. Answers the waiting times at the others.
    private func waits(hanging: Int64) -> (waits: [Int64], failures: [String]) {
        let settings = Dictionary(uniqueKeysWithValues: (1...100).map { (Int64($0), LaneSettings()) })
        var simulation = SchedulerSimulation(seed: 11, settings: settings) { row, _, random in
            row.key.subscription <= hanging
                ? .init(milliseconds: Self.timeoutMilliseconds, result: .failed(isCongestion: true))
                : .init(milliseconds: Int64.random(in: 5...20, using: &random), result: .succeeded)
        }
        simulation.maximumAttempts = 10
        simulation.boot()
        var random = SimulationRandom(seed: 12)
        for subscription in 1...Int64(100) {
            for second in 0..<40 as Range<Int64> {
                simulation.create(subscription, after: second * 1000 + Int64.random(in: 0..<1000, using: &random))
            }
        }
        simulation.run(until: simulation.now.advanced(byMilliseconds: 60_000))
        let good = simulation.starts.filter { $0.key.subscription > hanging }
        #expect(good.count == Int(100 - hanging) * 40)
        return (good.map(\.waited).sorted(), simulation.violations)
    }

    @Test(arguments: [0, 1, 50, 90] as [Int64])
    func receiversThatHangDelayNoOthers(hanging: Int64) {
        let (waits, violations) = waits(hanging: hanging)
        #expect(violations == [])
        #expect(waits[waits.count * 99 / 100] <= 10)
        #expect((waits.last ?? 0) <= 50)
    }

    @Test func receiversThatHangNeverTakeEveryPlace() {
        // 3000 receivers hang: far more than there are places, at four each.
        var settings = Dictionary(uniqueKeysWithValues: (1...3000).map { (Int64($0), LaneSettings()) })
        settings[5000] = LaneSettings()
        var mostSlow = 0
        var simulation = SchedulerSimulation(seed: 13, settings: settings) { row, _, _ in
            row.key.subscription <= 3000
                ? .init(milliseconds: Self.timeoutMilliseconds, result: .failed(isCongestion: true))
                : .init(milliseconds: 5, result: .succeeded)
        }
        simulation.maximumAttempts = 2
        simulation.boot()
        // Proven before the others hang.
        simulation.create(5000)
        for subscription in 1...3000 as ClosedRange<Int64> {
            for _ in 0..<2 { simulation.create(subscription, after: 500) }
        }
        for tick in 1...2000 as ClosedRange<Int64> { simulation.create(5000, after: tick * 10) }
        let begin = simulation.now
        for second in 1...21 as ClosedRange<Int64> {
            simulation.run(until: begin.advanced(byMilliseconds: second * 1000))
            mostSlow = max(mostSlow, simulation.scheduler.slowInFlight)
        }
        #expect(simulation.violations == [])
        #expect(mostSlow == 1024)
        let waits = simulation.starts.filter { $0.key.subscription == 5000 }.map(\.waited).sorted()
        #expect(waits.count == 2001)
        #expect(waits[waits.count * 99 / 100] <= 10)
    }

    @Test func anOutageEndsSmoothly() {
        // The receiver is down while deliveries pile up; then it answers in 5 ms, with new events all the time.
        let backlog = 30_000
        var simulation = SchedulerSimulation(seed: 14, settings: [1: LaneSettings()]) { _, _, _ in
            .init(milliseconds: 5, result: .failed(isCongestion: true))
        }
        for _ in 0..<backlog { simulation.create(1) }
        simulation.run()
        simulation.boot()
        simulation.run(until: simulation.now.advanced(byMilliseconds: 30_000))
        #expect(simulation.starts.count < 40)
        let upAt = simulation.now
        simulation.receiver = { _, _, _ in .init(milliseconds: 5, result: .succeeded) }
        for tick in 0..<2000 as Range<Int64> { simulation.create(1, after: tick * 20) }
        simulation.run()
        #expect(simulation.violations == [])
        #expect(simulation.store.pendingCount == 0)

        let after = simulation.starts.filter { $0.at > upAt }
        guard let first = after.first?.at.milliseconds, let last = after.last?.at.milliseconds else { return }
        var perSecond = Array(repeating: 0, count: Int((last - first) / 1000) + 1)
        for start in after { perSecond[Int((start.at.milliseconds - first) / 1000)] += 1 }
        // While there was a backlog.
        let busy = perSecond.prefix { $0 > 1000 }
        let mean = busy.dropLast().reduce(0, +) / max(1, busy.count - 1)
        #expect(busy.count >= 4)
        #expect((busy.max() ?? 0) * 2 <= mean * 3)
        // Of the events that came after the first success.
        let fresh = after.filter { $0.at.milliseconds - $0.waited > first + 5 }
        #expect(fresh.count > 500)
        #expect((fresh.map(\.waited).max() ?? 0) <= 5000)
    }

    @Test func aRetryIsTheProbeOfAQuietLane() {
        // One event, ten attempts by the schedule of the store: none is held up by the breaker.
        var simulation = SchedulerSimulation(seed: 15, settings: [1: LaneSettings()]) { row, _, _ in
            .init(milliseconds: 50, result: row.attempts < 9 ? .failed(isCongestion: false) : .succeeded)
        }
        simulation.retryMilliseconds = 5000...5000
        simulation.boot()
        simulation.create(1)
        simulation.run()
        let times = simulation.starts.map(\.at.milliseconds)
        #expect(times.count == 10)
        for (earlier, later) in zip(times, times.dropFirst()) { #expect(later - earlier <= 5000 + 150) }
    }

    @Test(arguments: [0.5, 2, 20, 300])
    func aRateIsKept(rate: Double) {
        var simulation = SchedulerSimulation(
            seed: 16,
            settings: [1: LaneSettings(ratePerSecond: rate), 2: LaneSettings()]
        ) { _, _, _ in .init(milliseconds: 20, result: .succeeded) }
        simulation.boot()
        let seconds = 60.0
        for _ in 0..<Int(rate * seconds * 2) { simulation.create(1) }
        let begin = simulation.now.milliseconds
        simulation.run(until: simulation.now.advanced(byMilliseconds: Int64(seconds * 1000)))
        let starts = simulation.starts.map(\.at.milliseconds)
        for (index, at) in starts.enumerated() {
            #expect(Double(index + 1) <= rate * Double(at - begin) / 1000 + max(1, rate) + 1e-6)
        }
        #expect(Double(starts.count) >= rate * seconds * 0.98)
    }

    @Test func lanesTakeTurns() {
        // Ten places for lanes with 1, 10 and 1000 events each: while all have some, each gets a third.
        var limits = SchedulerLimits()
        limits.maximumInFlight = 9
        var simulation = SchedulerSimulation(
            seed: 17,
            limits: limits,
            settings: [1: LaneSettings(), 2: LaneSettings(), 3: LaneSettings()]
        ) { _, _, _ in .init(milliseconds: 10, result: .succeeded) }
        simulation.boot()
        for subscription in 1...3 as ClosedRange<Int64> { simulation.create(subscription) }
        simulation.run(until: simulation.now.advanced(byMilliseconds: 200))
        for _ in 0..<1000 { simulation.create(1) }
        for _ in 0..<200 { simulation.create(2) }
        for _ in 0..<100 { simulation.create(3) }
        simulation.run()
        let first = simulation.starts.dropFirst(3).prefix(270)
        for subscription in 1...3 as ClosedRange<Int64> {
            #expect((80...100).contains(first.filter { $0.key.subscription == subscription }.count))
        }
    }

    @Test func oneKeyThatFailsDelaysNoOther() {
        var simulation = SchedulerSimulation(seed: 18, settings: [1: LaneSettings(ordering: .byKey)]) { row, _, _ in
            .init(milliseconds: 5, result: row.name == "bad" ? .failed(isCongestion: false) : .succeeded)
        }
        simulation.retryMilliseconds = 20_000...20_000
        simulation.maximumAttempts = 3
        simulation.boot()
        for tick in 0..<3000 as Range<Int64> {
            simulation.create(
                1,
                name: tick % 3 == 0 ? "bad" : Identifier(unchecked: "good\(tick % 50)"),
                after: tick * 10
            )
        }
        simulation.run(until: simulation.now.advanced(byMilliseconds: 31_000))
        #expect(simulation.violations == [])
        let good = simulation.starts.filter { simulation.store[$0.key]?.name != "bad" }
        #expect(good.count == 2000)
        #expect(good.map(\.waited).sorted()[1980] <= 100)
        #expect(simulation.scheduler.knownCount <= 40)
    }
}
