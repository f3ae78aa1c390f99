import HooklineStatistics
import Testing

/// How often intervals hold the true quantile, and how p-values spread where there is no difference.
///
/// scripts/oracles/binned_quantiles.py simulates the same at ten times the size.
@Suite struct QuantileSimulationTests {
    /// Lognormal units with a geometric number of lognormal values (mean 3), by tables of normal numbers.
    private struct Population {
        private var random: SeededGenerator
        private let factors: [Double]

        static let spread = 0.7
        private static let tableSize = 4_096

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            factors = (0..<Self.tableSize).map { place in
                Self.exponential(Self.spread * Normal.quantile((Double(place) + 0.5) / Double(Self.tableSize)))
            }
        }

        /// `(1 + x / 2^30)^(2^30)`: near enough for a simulation.
        static func exponential(_ x: Double) -> Double {
            (0..<30).reduce(1 + x * 0x1p-30) { power, _ in power * power }
        }

        /// Of a unit's factor times the noise of a value.
        static func quantile(_ p: Double) -> Double {
            exponential(spread * 2.0.squareRoot() * Normal.quantile(p))
        }

        mutating func factor() -> Double {
            factors[random.below(Self.tableSize)]
        }

        mutating func clustered(units: Int, groups: Int) -> [BinCounts] {
            var counts = [BinCounts](repeating: BinCounts(), count: groups)
            for unit in 0..<units {
                let own = factor()
                repeat { counts[unit % groups].add(own * factor()) } while random.below(3) > 0
            }
            return counts
        }

        mutating func independent(units: Int) -> BinCounts {
            var counts = BinCounts()
            for _ in 0..<units { counts.add(factor() * factor()) }
            return counts
        }
    }

    private static let quantiles = [0.5, 0.9, 0.99]

    private func expectCoverage(of replications: Int, _ arms: () -> [QuantileArm]) {
        var hits = [0, 0, 0]
        for _ in 0..<replications {
            for (place, arm) in arms().enumerated() {
                if let interval = arm.interval, interval.contains(Population.quantile(arm.probability)) {
                    hits[place] += 1
                }
            }
        }
        let coverage = hits.map { Double($0) / Double(replications) }
        print("coverage", coverage)
        for share in coverage { #expect(share > 0.93 && share < 0.975, "\(coverage)") }
    }

    @Test func intervalsOfClusteredValuesCover() {
        var population = Population(seed: 1)
        expectCoverage(of: 400) {
            let groups = population.clustered(units: 400, groups: ClusteredQuantile.groupCount)
            return Self.quantiles.map { ClusteredQuantile.estimate($0, groups: groups) }
        }
    }

    @Test func intervalsOfIndependentValuesCover() {
        var population = Population(seed: 2)
        expectCoverage(of: 600) {
            let counts = population.independent(units: 800)
            return Self.quantiles.map { Quantile.estimate($0, counts: counts) }
        }
    }

    /// What the groups are for: as if independent, the same values would be trusted too much.
    @Test func clusteredValuesAreNotIndependent() {
        var population = Population(seed: 3)
        let groups = population.clustered(units: 600, groups: ClusteredQuantile.groupCount)
        var pooled = BinCounts()
        for group in groups { pooled.merge(group) }
        let clustered = ClusteredQuantile.estimate(0.5, groups: groups)
        let naive = Quantile.estimate(0.5, counts: pooled)
        #expect(clustered.estimate == naive.estimate)
        #expect((clustered.standardError ?? 0) > 1.2 * (naive.standardError ?? .infinity))
    }

    /// Kolmogorov and Smirnov's distance of p-values of equal arms from the uniform distribution, below its 1 % bound.
    @Test func pValuesOfEqualArmsAreUniform() {
        var population = Population(seed: 4)
        let replications = 300
        var pValues: [[Double]] = [[], []]
        for _ in 0..<replications {
            let clustered = (0..<2).map { _ in
                ClusteredQuantile.estimate(0.5, groups: population.clustered(units: 200, groups: 40))
            }
            let independent = (0..<2).map { _ in
                Quantile.estimate(0.9, counts: population.independent(units: 300))
            }
            for (place, arms) in [clustered, independent].enumerated() {
                if case .success(let test) = WelchTest.compare(control: arms[0], treatment: arms[1]) {
                    pValues[place].append(test.pValue)
                }
            }
        }
        for values in pValues {
            #expect(values.count == replications)
            let count = Double(replications)
            let distances = values.sorted().enumerated().map { place, p in
                Swift.max(Double(place + 1) / count - p, p - Double(place) / count)
            }
            #expect((distances.max() ?? 1) < 1.628 / count.squareRoot())
        }
    }
}
