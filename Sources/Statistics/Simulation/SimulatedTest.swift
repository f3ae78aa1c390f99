/// A test of two arms whose units come in one by one, and which somebody looks at again and again.
public struct SimulatedTest: Sendable, Hashable {
    public let control: Population
    public let treatment: Population
    /// How many units both arms get together.
    public let units: Int
    /// The share of them that is shown the control, above 0 and below 1.
    public let controlShare: Double
    /// How often somebody looks, at equal distances. The last look is at the end.
    public let looks: Int
    /// Whether units come back: they enter during the first half of the looks, and each adds to its value at
    /// ``returning`` of all looks from then on.
    public let isReturning: Bool

    /// How likely a unit comes back between two looks.
    public static let returning = 0.03
    /// How many units the smaller arm has at the first look.
    public static let unitsAtFirstLook: Int64 = 10

    public init(
        _ control: Population,
        treatment: Population? = nil,
        units: Int,
        controlShare: Double = 0.5,
        looks: Int = 1,
        isReturning: Bool = false
    ) {
        precondition(units > 0 && looks > 0, "a test has units and looks")
        precondition(controlShare > 0 && controlShare < 1, "a share is above 0 and below 1")
        self.control = control
        self.treatment = treatment ?? control
        self.units = units
        self.controlShare = controlShare
        self.looks = looks
        self.isReturning = isReturning
    }

    /// What somebody sees who looks.
    public struct Look: Sendable {
        /// With a covariate.
        public fileprivate(set) var control = JointMoments(.covariate)
        /// With a covariate.
        public fileprivate(set) var treatment = JointMoments(.covariate)
        /// Of the information that is planned.
        public let boundary: AnytimeBoundary
        /// Whether it is the last.
        public let isLast: Bool
    }

    /// Runs the test once.
    /// - Parameters:
    ///   - seed: the same seed gives the same run.
    ///   - look: called for each look; says whether to go on.
    public func run(seed: UInt64, _ look: (Look) -> Bool) {
        var run = Run(self, seed: seed)
        if isReturning { run.enrolAndReturn(look) } else { run.enrol(look) }
    }

    /// How often something is seen in many runs, side by side on all cores.
    /// - Parameters:
    ///   - names: what may be seen.
    ///   - runs: how many.
    ///   - seed: run i has a seed that is made of this one and i.
    ///   - see: called for each look of a run, with what was not seen yet; returns what is seen now.
    public func rates<Name: Hashable & Sendable>(
        of names: Set<Name>,
        runs: Int,
        seed: UInt64,
        _ see: @escaping @Sendable (Look, Set<Name>) -> Set<Name>
    ) async -> [Name: ObservedRate] {
        // Neighbouring seeds must not have runs in common.
        var seeds = SplitMix64(seed: seed)
        let first = seeds.next()
        return await withTaskGroup(of: [Name: Int].self) { group in
            let parts = Swift.min(runs, Self.parts)
            for part in 0..<parts {
                group.addTask {
                    var hits: [Name: Int] = [:]
                    for run in stride(from: part, to: runs, by: parts) {
                        var unseen = names
                        self.run(seed: first &+ UInt64(run)) { look in
                            unseen.subtract(see(look, unseen))
                            return !unseen.isEmpty
                        }
                        for name in names.subtracting(unseen) { hits[name, default: 0] += 1 }
                    }
                    return hits
                }
            }
            var total: [Name: Int] = [:]
            for await hits in group { total.merge(hits, uniquingKeysWith: +) }
            return Dictionary(
                uniqueKeysWithValues: names.map { ($0, ObservedRate(hits: total[$0] ?? 0, runs: runs)) }
            )
        }
    }

    private static let parts = 64
}

/// One run of a test.
private struct Run {
    let test: SimulatedTest
    var random: SplitMix64
    var control = JointMoments(.covariate)
    var treatment = JointMoments(.covariate)

    init(_ test: SimulatedTest, seed: UInt64) {
        self.test = test
        random = SplitMix64(seed: seed)
    }

    private var isBigEnough: Bool {
        Swift.min(control.count, treatment.count) >= SimulatedTest.unitsAtFirstLook
    }

    private func look(isLast: Bool) -> SimulatedTest.Look {
        let boundary = AnytimeBoundary(
            control: control.count,
            treatment: treatment.count,
            planned: Int64(test.units),
            controlShare: test.controlShare
        )
        return SimulatedTest.Look(control: control, treatment: treatment, boundary: boundary, isLast: isLast)
    }

    // MARK: Each unit counts once

    mutating func enrol(_ look: (SimulatedTest.Look) -> Bool) {
        // The first look is at the moment at which both arms are big enough, the others share what is left.
        var next: Int?
        var taken = 0
        for unit in 1...test.units {
            enter()
            if next == nil, isBigEnough, test.looks > 1 || unit == test.units { next = unit }
            guard unit == next else { continue }
            taken += 1
            let isLast = unit == test.units
            guard look(self.look(isLast: isLast)), !isLast else { return }
            let rest = test.units - unit
            next = unit + Swift.max(1, rest / Swift.max(1, test.looks - taken))
        }
    }

    private mutating func enter() {
        if random.unit() < test.controlShare {
            let (value, covariate) = test.control.unit(&random)
            control.add(y: value, x: covariate)
        } else {
            let (value, covariate) = test.treatment.unit(&random)
            treatment.add(y: value, x: covariate)
        }
    }

    // MARK: Units come back

    private struct Unit {
        let isControl: Bool
        let covariate: Double
        var value: Double
    }

    mutating func enrolAndReturn(_ look: (SimulatedTest.Look) -> Bool) {
        var units: [Unit] = []
        units.reserveCapacity(test.units)
        let enrolling = Swift.max(1, test.looks / 2)
        for number in 1...test.looks {
            for index in units.indices where random.unit() < SimulatedTest.returning { addTo(&units[index]) }
            while units.count < test.units * Swift.min(number, enrolling) / enrolling { units.append(newUnit()) }
            guard isBigEnough else { continue }
            guard look(self.look(isLast: number == test.looks)) else { return }
        }
    }

    private mutating func newUnit() -> Unit {
        let isControl = random.unit() < test.controlShare
        let (value, covariate) = (isControl ? test.control : test.treatment).unit(&random)
        if isControl { control.add(y: value, x: covariate) } else { treatment.add(y: value, x: covariate) }
        return Unit(isControl: isControl, covariate: covariate, value: value)
    }

    private mutating func addTo(_ unit: inout Unit) {
        let more = (unit.isControl ? test.control : test.treatment).unit(&random).value
        guard more != 0 else { return }
        if unit.isControl {
            control.remove(y: unit.value, x: unit.covariate)
            control.add(y: unit.value + more, x: unit.covariate)
        } else {
            treatment.remove(y: unit.value, x: unit.covariate)
            treatment.add(y: unit.value + more, x: unit.covariate)
        }
        unit.value += more
    }
}
