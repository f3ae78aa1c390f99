import HooklinePrimitives
import Testing

@testable import HooklineWebhooks

/// Random lives of a scheduler, checked against the store at every start.
struct SchedulerModelTests {
    /// Small enough that every limit is met.
    static let tight = {
        var limits = SchedulerLimits()
        limits.maximumInFlight = 12
        limits.maximumFreshPerLane = 6
        limits.maximumStoredPerLane = 8
        limits.maximumOrderedPerLane = 16
        limits.maximumPerKey = 6
        limits.maximumPerFailingKey = 3
        limits.maximumExcludedKeys = 4
        limits.maximumLatePerLane = 3
        limits.maximumBufferedBytes = 60_000
        limits.maximumUnsettled = 10
        limits.maximumRefills = 2
        return limits
    }()

    private func simulation(seed: UInt64, limits: SchedulerLimits) -> SchedulerSimulation {
        var random = SimulationRandom(seed: seed &* 7919)
        var settings: [Int64: LaneSettings] = [:]
        for subscription in 1...Int64.random(in: 1...6, using: &random) {
            settings[subscription] = LaneSettings(
                concurrency: Int.random(in: 1...8, using: &random),
                ratePerSecond: Bool.random(using: &random) ? nil : Double.random(in: 5...200, using: &random),
                ordering: DeliveryOrdering.allCases.randomElement(using: &random) ?? .none
            )
        }
        let failing = Double.random(in: 0...0.5, using: &random)
        let slow = Int64.random(in: 5...2000, using: &random)
        return SchedulerSimulation(seed: seed, limits: limits, settings: settings) { _, _, random in
            let draw = Double.random(in: 0..<1, using: &random)
            let result: DeliveryResult =
                draw < failing
                ? .failed(isCongestion: Bool.random(using: &random)) : draw > 0.97 ? .released : .succeeded
            return .init(milliseconds: Int64.random(in: 1...slow, using: &random), result: result)
        }
    }

    private func check(_ simulation: SchedulerSimulation, _ limits: SchedulerLimits, seed: UInt64) {
        #expect(simulation.violations == [], "seed \(seed)")
        #expect(simulation.store.pendingCount == 0, "seed \(seed)")
        #expect(simulation.scheduler.knownCount == 0, "seed \(seed)")
        #expect(simulation.scheduler.bufferedBytes == 0, "seed \(seed)")
        #expect(simulation.scheduler.inFlight == 0 && simulation.scheduler.unsettled == 0, "seed \(seed)")
        #expect(simulation.scheduler.slowInFlight == 0, "seed \(seed)")
        #expect(simulation.mostBytes <= limits.maximumBufferedBytes + 12 * 1000, "seed \(seed)")
    }

    @Test(arguments: [true, false])
    func nothingIsLostDoubledOrOutOfOrder(isTight: Bool) {
        let limits = isTight ? Self.tight : SchedulerLimits()
        for seed in 1...UInt64(isTight ? 24 : 10) {
            var simulation = simulation(seed: seed, limits: limits)
            var random = SimulationRandom(seed: seed)
            let names: [Identifier?] = [nil, "a", "b", "c", "d", "e", "f", "g", "h"]
            // Some are there at the start, more come in bursts.
            for _ in 0..<Int.random(in: 0...100, using: &random) { create(&simulation, names, 0, &random) }
            simulation.run()
            simulation.boot()
            for _ in 0..<300 { create(&simulation, names, Int64.random(in: 0...20_000, using: &random), &random) }
            simulation.run()
            check(simulation, limits, seed: seed)
        }
    }

    @Test func orderSurvivesCrashes() {
        for seed in 1...20 as ClosedRange<UInt64> {
            var simulation = simulation(seed: seed &+ 1000, limits: Self.tight)
            var random = SimulationRandom(seed: seed)
            simulation.boot()
            for _ in 0..<250 {
                create(&simulation, [nil, "a", "b", "c"], Int64.random(in: 0...20_000, using: &random), &random)
            }
            for _ in 0..<6 {
                let at = Int64.random(in: 0...30_000, using: &random)
                simulation.events.insert(.crash, at: simulation.now.advanced(byMilliseconds: at))
            }
            simulation.run()
            check(simulation, Self.tight, seed: seed)
        }
    }

    private func create(
        _ simulation: inout SchedulerSimulation,
        _ names: [Identifier?],
        _ after: Int64,
        _ random: inout SimulationRandom
    ) {
        let subscription = simulation.settings.keys.sorted().randomElement(using: &random) ?? 1
        simulation.create(subscription, name: names.randomElement(using: &random) ?? nil, after: after)
    }
}
