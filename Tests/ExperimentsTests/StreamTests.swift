import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStatistics
import HooklineStorageTestSupport
import Testing

/// The fold against a reference that collects everything first and computes once.
@Suite struct StreamTests {
    static let metrics = [
        Metric("clicked", .proportion(of: "click"), windowMilliseconds: 300_000),
        Metric("clicks", .count(of: "click")),
        Metric("seconds", .sum(of: "watch", property: "s")),
        Metric("mean_seconds", .mean(of: "watch", property: "s"), windowMilliseconds: 200_000),
    ]

    /// One of every other kind.
    static let otherMetrics = [
        Metric("per_click", .ratio(EventTotal("watch", property: "s"), EventTotal("click"))),
        Metric("p90", .eventQuantile(0.9, of: "watch", property: "s"), delayMilliseconds: 10_000),
        Metric("clicks_p50", .unitQuantile(0.5, of: EventTotal("click"), ignoringZeros: true)),
        Metric("came_back", .retention(of: "click", fromDay: 0, untilDay: 1)),
        Metric("went_through", .funnel(["click", "watch", "click"], base: .previousStep)),
        Metric("capped", .sum(of: "watch", property: "s"), cap: .percentile(0.9)),
        Metric(
            "adjusted",
            .count(of: "click"),
            cap: .value(5),
            covariate: Metric.Covariate(lookBackMilliseconds: 200_000)
        ),
    ]

    /// Exposures that are late, repeated, out of order and wrong, events before and after them, observations.
    static func stream(_ definition: ExperimentDefinition, count: Int = 3000) -> [EngagementEvent] {
        var random = SplitMix64(seed: 42)
        return (0..<count).map { _ in
            let user = Identifier(unchecked: "u\(Int.random(in: 0..<200, using: &random))")
            let second = Int64.random(in: 0..<600, using: &random)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<20: return Sample.exposure(user, at: second)
            case 20: return Sample.exposure(user, at: second, ["variant": "question"])
            case 21..<60: return Sample.event("click", user, at: second)
            case 60..<63: return Sample.event("watch", user, at: second, ["s": "text"])
            default:
                let exponent = Double.random(in: -12...12, using: &random)
                let seconds = Double.random(in: -1...1, using: &random) * .exp10(exponent)
                return Sample.event("watch", user, at: second, ["s": .number(seconds)])
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func agreesWithAReferenceThatSeesEverythingAtOnce(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let definition = try ExperimentDefinition.sample(metrics: Self.metrics, coverage: 0.8)
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            let stream = Self.stream(definition)
            _ = try await bench.log.append(stream)
            try await bench.fold(batchSize: 97)
            let results = try await bench.results("hooks")
            let reference = ReferenceFold(definition, stream)
            #expect(results.exposureMismatches == reference.mismatches)
            #expect(results.unitsInSeveralVariants == Int64(reference.inSeveral.count) && reference.inSeveral.count > 5)
            #expect(reference.exposedAt.count > 100 && reference.mismatches > 100)
            for result in results.metrics {
                for variant in result.variants {
                    let arm = reference.moments(result.metric, variant.variant)
                    #expect(variant.n == arm.count && variant.n > 20)
                    #expect(variant.mean == arm.mean && variant.standardDeviation == arm.standardDeviation)
                }
            }
        }
    }

    /// Batch sizes, engines and nodes must not show in a single bit.
    @Test func foldsTheSameRowsWhateverTheBatchesAndTheEngine() async throws {
        var first: [String]?
        for test in TestDatabase.available {
            for batchSize in [1, 23, 1000] where batchSize > 1 || test == TestDatabase.available.first {
                try await test.withBench { bench in
                    let definition = try ExperimentDefinition.sample(
                        metrics: Self.metrics + Self.otherMetrics,
                        dimensions: ["variant"]
                    )
                    _ = try await bench.experiments.create(definition)
                    _ = try await bench.experiments.start("hooks")
                    for part in stride(from: 0, to: 600, by: 100) {
                        _ = try await bench.log.append(Array(Self.stream(definition)[part..<part + 100]))
                        try await bench.fold(batchSize: batchSize)
                        try await bench.experiments.track("r", 0.1, variant: "control", user: "same", in: "hooks")
                    }
                    try await bench.fold(batchSize: batchSize)
                    let report = try await bench.experiments.recount("hooks")
                    #expect(report.differences.isEmpty && report.compared > 100 && report.events == 606)
                    let rows = try await bench.foldedRows()
                    #expect(rows.count > 120)
                    if let first { #expect(rows == first) } else { first = rows }
                }
            }
        }
    }

    @Test(arguments: TestDatabase.shared)
    func nodesThatFoldTogetherFoldAsOne(_ test: TestDatabase) async throws {
        let definition = try ExperimentDefinition.sample(metrics: Self.metrics + Self.otherMetrics)
        let stream = Self.stream(definition, count: 1500)
        var alone: [String] = []
        try await test.withBench { bench in
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            _ = try await bench.log.append(stream)
            try await bench.fold()
            alone = try await bench.foldedRows()
        }
        try await test.withStorage { storage in
            let nodes = [Bench(try await storage.open()), Bench(try await storage.open())]
            try await nodes[0].migrate()
            _ = try await nodes[0].experiments.create(definition)
            _ = try await nodes[0].experiments.start("hooks")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for part in stride(from: 0, to: 1500, by: 100) {
                        _ = try await nodes[part / 100 % 2].log.append(Array(stream[part..<part + 100]))
                    }
                }
                for node in nodes {
                    group.addTask {
                        while try await EventStore(node.database).position(of: ExperimentProjection.name) < 1500 {
                            try await node.fold(batchSize: 33)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await nodes[0].foldedRows() == alone)
        }
    }
}

/// What the fold must come to, from all events at once.
private struct ReferenceFold {
    let definition: ExperimentDefinition
    var exposedAt: [Identifier: Timestamp] = [:]
    var mismatches: Int64 = 0
    /// The users that were shown another variant beside their own.
    var inSeveral: Set<Identifier> { shownAnother.intersection(exposedAt.keys) }
    private var shownAnother: Set<Identifier> = []
    private let events: [EngagementEvent]

    init(_ definition: ExperimentDefinition, _ events: [EngagementEvent]) {
        self.definition = definition
        self.events = events
        for event in events where event.type == "exposure" {
            guard let user = event.userID else { continue }
            let claim = (try? JSON.parse(Array((event.properties ?? "").utf8)))?["variant"]?.string
            let variant = definition.allocation.variant(of: user).map { definition.variants[$0].text }
            guard let variant, claim == nil || claim == variant else {
                mismatches += 1
                if variant != nil { shownAnother.insert(user) }
                continue
            }
            exposedAt[user] = min(exposedAt[user] ?? event.occurredAt, event.occurredAt)
        }
    }

    func moments(_ metric: Metric, _ variant: Identifier) -> Moments {
        var moments = Moments()
        for (user, exposure) in exposedAt where !inSeveral.contains(user) {
            guard definition.allocation.variant(of: user).map({ definition.variants[$0] }) == variant else { continue }
            let counted = events.filter { event in
                guard event.userID == user, event.type == Self.type(of: metric), event.occurredAt >= exposure else {
                    return false
                }
                let age = event.occurredAt.milliseconds - exposure.milliseconds
                return metric.windowMilliseconds.map { age < $0 } ?? true
            }
            var total = ExactSum()
            var numbers = 0
            for event in counted {
                guard let number = (try? JSON.parse(Array((event.properties ?? "").utf8)))?["s"]?.double else {
                    continue
                }
                total.add(number)
                numbers += 1
            }
            switch metric.kind {
            case .proportion: moments.add(counted.isEmpty ? 0 : 1)
            case .count: moments.add(Double(counted.count))
            case .sum: moments.add(total.value)
            case .mean: if numbers > 0 { moments.add(total.value / Double(numbers)) }
            default: Issue.record("a metric that the reference does not know")
            }
        }
        return moments
    }

    private static func type(of metric: Metric) -> Identifier? {
        switch metric.measurement {
        case .proportion(let selection), .count(let selection), .sum(let selection, _), .mean(let selection, _):
            selection.event
        default: nil
        }
    }
}

extension Double {
    /// 10 to a power.
    fileprivate static func exp10(_ power: Double) -> Double {
        var result = 1.0
        for _ in 0..<Int(abs(power)) { result *= 10 }
        return power < 0 ? 1 / result : result
    }
}
