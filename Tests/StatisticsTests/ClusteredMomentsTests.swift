import HooklineStatistics
import Testing

@Suite struct ClusteredMomentsTests {
    /// Clusters as they are, and the moments that grew with them.
    private struct Population {
        var moments = ClusteredMoments()
        var clusters: [[Double]]

        init(clusters count: Int) {
            clusters = Array(repeating: [], count: count)
        }

        static func sum(_ values: [Double]) -> ExactSum {
            var sum = ExactSum()
            for value in values { sum.add(value) }
            return sum
        }

        mutating func add(_ x: Double, to cluster: Int) {
            let old = clusters[cluster]
            moments.add(x, toClusterOf: Int64(old.count), sum: Self.sum(old))
            clusters[cluster].append(x)
        }

        mutating func removeLast(from cluster: Int) {
            let old = clusters[cluster]
            let x = clusters[cluster].removeLast()
            moments.remove(x, fromClusterOf: Int64(old.count), sum: Self.sum(old))
        }
    }

    @Test(arguments: 0..<5)
    func clustersOfOneAreIndependentValues(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var (clustered, independent) = (ClusteredMoments(), Moments())
        for index in 0..<200 {
            let x = seed < 2 ? random.wideDouble() : 1e8 + random.unit()
            independent.add(x)
            if index.isMultiple(of: 2) {
                clustered.addSingle(x)
            } else {
                clustered.add(x, toClusterOf: 0, sum: ExactSum())
            }
            #expect(clustered.mean == independent.mean)
            #expect(clustered.standardDeviation == independent.standardDeviation)
            #expect(clustered.varianceOfMean == independent.varianceOfMean)
        }
        #expect(clustered.clusters == 200)
        #expect(clustered.observations == 200)
    }

    /// By hand: m = 16/6, residues 3 - 2 m, 6 - 3 m, 7 - m; k / (k - 1) / N^2 = 1/24.
    @Test func varianceIsThatOfTheDeltaMethod() throws {
        var population = Population(clusters: 3)
        for (x, cluster) in [(1.0, 0), (2.0, 0), (3.0, 1), (1.0, 1), (2.0, 1), (7.0, 2)] {
            population.add(x, to: cluster)
        }
        let m = 16.0 / 6
        let residues = [3 - 2 * m, 6 - 3 * m, 7 - m]
        let expected = residues.reduce(0) { $0 + $1 * $1 } / 24
        #expect(relativeError(try #require(population.moments.varianceOfMean), expected) < 1e-15)
        #expect(population.moments.clusters == 3)
        #expect(population.moments.observations == 6)
        #expect(population.moments.mean == m)
    }

    @Test(arguments: 0..<10)
    func onlyTheClustersAsTheyAreCount(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var grown = Population(clusters: 12)
        for _ in 0..<400 {
            let cluster = random.below(12)
            if random.below(3) == 0, !grown.clusters[cluster].isEmpty {
                grown.removeLast(from: cluster)
            } else {
                grown.add(seed < 5 ? random.wideDouble() : random.plainDouble(), to: cluster)
            }
        }
        var (first, second) = (Population(clusters: 12), Population(clusters: 12))
        for (index, values) in grown.clusters.enumerated() {
            for x in values.shuffled(using: &random) {
                if index < 5 { first.add(x, to: index) } else { second.add(x, to: index) }
            }
        }
        first.moments.merge(second.moments)
        #expect(first.moments == grown.moments)
        #expect(first.moments.encoded == grown.moments.encoded)
        #expect(ClusteredMoments(encoded: grown.moments.encoded) == grown.moments)
        for (index, values) in grown.clusters.enumerated() {
            for _ in values { grown.removeLast(from: index) }
        }
        #expect(grown.moments == ClusteredMoments())
    }

    @Test func equalObservationsHaveNoVariance() {
        var population = Population(clusters: 7)
        for index in 0..<100 { population.add(0.1, to: index % 7) }
        #expect(population.moments.varianceOfMean == 0)
        #expect(population.moments.mean == 0.1)
    }

    @Test func manySinglesAreOneCall() {
        var (many, one) = (ClusteredMoments(), ClusteredMoments())
        many.addSingles(2.5, count: 300)
        for _ in 0..<300 { one.addSingle(2.5) }
        #expect(many == one)
        many.addSingles(0, count: 4_000_000_000_000_000_000)
        #expect(many.clusters == 4_000_000_000_000_000_300)
        #expect(ClusteredMoments(encoded: many.encoded) == many)
    }

    @Test func areNilWithoutEnoughClusters() {
        var population = Population(clusters: 1)
        #expect(population.moments.mean == nil)
        for x in [1.0, 2, 3] { population.add(x, to: 0) }
        #expect(population.moments.mean == 2)
        #expect(population.moments.standardDeviation == 1)
        #expect(population.moments.varianceOfMean == nil)
    }

    @Test func damagedBytesDoNotDecodeToSomethingElse() {
        var random = SeededGenerator(seed: 1)
        var population = Population(clusters: 4)
        for _ in 0..<20 { population.add(random.plainDouble(), to: random.below(4)) }
        let bytes = population.moments.encoded
        for length in 0..<bytes.count { #expect(ClusteredMoments(encoded: Array(bytes[..<length])) == nil) }
        #expect(ClusteredMoments(encoded: bytes + [0]) == nil)
        for _ in 0..<5_000 {
            var damaged = bytes
            damaged[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            if let decoded = ClusteredMoments(encoded: damaged) { #expect(decoded.encoded == damaged) }
        }
    }

    /// Tag 2, clusters, moments after their length, sums of s^2 and s n after theirs, sum of n^2: two singles, 0 and 2.
    @Test(
        arguments: [
            ([2, 2, 8, 1, 2, 2, 17, 2, 2, 34, 4, 2, 34, 4, 2, 34, 2, 2], true),
            ([2, 3, 8, 1, 2, 2, 17, 2, 2, 34, 4, 2, 34, 4, 2, 34, 2, 2], false),
            ([2, 2, 8, 1, 2, 2, 17, 2, 2, 34, 4, 2, 34, 4, 2, 34, 2, 1], false),
            ([2, 2, 8, 1, 2, 2, 17, 2, 2, 34, 4, 2, 34, 4, 2, 34, 2, 5], false),
            ([2, 2, 8, 1, 2, 2, 17, 2, 2, 34, 4, 2, 34, 1, 2, 34, 2, 2], false),
            ([2, 0, 8, 1, 2, 2, 17, 2, 2, 34, 4, 2, 34, 4, 2, 34, 2, 2], false),
        ] as [([UInt8], Bool)]
    )
    func bytesOfImpossibleClustersDoNotDecode(bytes: [UInt8], isValid: Bool) {
        #expect(ClusteredMoments(encoded: bytes)?.encoded == (isValid ? bytes : nil))
    }
}
