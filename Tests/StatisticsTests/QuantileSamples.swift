import HooklineStatistics

/// The samples of scripts/oracles/binned_quantiles.py, bit for bit.
enum QuantileSamples {
    static func values(kind: Double, seed: Double, count: Double) -> [Double] {
        var random = SeededGenerator(seed: UInt64(seed))
        return (0..<Int(count)).map { _ in
            let u = random.unit()
            switch kind {
            case 0: return 1 / (u + 0.001)
            case 1: return 200 * u - 100
            default: return u < 0.4 ? 0 : 10 * u * u
            }
        }
    }

    /// Units of 1 to 5 values with a factor of their own; unit i is in group i modulo their number.
    static func clustered(seed: Double, units: Double, groups: Double) -> [BinCounts] {
        var random = SeededGenerator(seed: UInt64(seed))
        var counts = [BinCounts](repeating: BinCounts(), count: Int(groups))
        for unit in 0..<Int(units) {
            let factor = 1 / (0.2 + random.unit())
            for _ in 0..<1 + random.below(5) {
                counts[unit % counts.count].add(factor * (0.5 + random.unit()))
            }
        }
        return counts
    }

    static func counts(_ values: some Sequence<Double>) -> BinCounts {
        var counts = BinCounts()
        for value in values { counts.add(value) }
        return counts
    }
}
