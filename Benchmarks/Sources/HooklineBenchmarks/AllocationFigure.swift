import HooklineExperiments
import HooklinePrimitives

/// Who sees what, on one core: `Allocation.variant(of:)` against a bare FNV-1a over the bytes of the same ids.
struct AllocationFigure {
    private static let ids = 4096
    private static let rounds = 1000
    private static let target = 5_000_000.0

    static func run(_ report: inout Report) throws {
        let ascii = (0..<ids).map { "user_\(1_000_000 + $0 * 1737)" }
        let others = (0..<ids).map { "zuschauer_\u{E4}\(100 + $0)\u{4E2D}" }
        for variants in [2, 10, 100] {
            report.add(try figure("allocate, \(variants) variants", ascii, variants: variants, target: target))
        }
        report.add(try figure("allocate, 2 variants, ids beyond ASCII", others, variants: 2, target: nil))
    }

    private static func figure(_ name: String, _ texts: [String], variants: Int, target: Double?) throws -> Figure {
        let units = try texts.map { try Identifier($0) }
        let allocation = Allocation(
            seed: "hook_test_v1",
            weights: [Double](repeating: 1 / Double(variants), count: variants),
            coverage: 1
        )
        let bytes = BytesOfIDs(texts)
        // The best of some takes each, by turns: whatever else ran only made them slower.
        var (best, ceiling) = (0.0, 0.0)
        for _ in 0..<5 {
            best = max(best, rate { sum(allocation, units) })
            ceiling = max(ceiling, rate { bytes.hash() })
        }
        return Figure(
            name: name,
            measured: best,
            unit: "/s",
            reference: Figure.Reference(name: "bare FNV", value: ceiling),
            target: target.map(Figure.Target.atLeast)
        )
    }

    private static func sum(_ allocation: Allocation, _ units: [Identifier]) -> UInt64 {
        var sum: UInt64 = 0
        for unit in units { sum &+= UInt64(truncatingIfNeeded: allocation.variant(of: unit) ?? -1) }
        return sum
    }

    /// How many ids a second `pass` gets through, which takes all of them once.
    private static func rate(_ pass: () -> UInt64) -> Double {
        let start = Machine.nanoseconds()
        var passes = 0
        for _ in 0..<rounds {
            Sink.take(pass())
            passes += 1
            if passes % 16 == 0, Machine.seconds(since: start) > 0.4 { break }
        }
        return Double(passes * ids) / Machine.seconds(since: start)
    }
}

/// The bytes of many ids in one block.
private struct BytesOfIDs {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    init(_ texts: [String]) {
        for text in texts {
            bytes += Array(text.utf8)
            ends.append(bytes.count)
        }
    }

    func hash() -> UInt64 {
        bytes.withUnsafeBufferPointer { bytes in
            var (sum, start): (UInt64, Int) = (0, 0)
            for end in ends {
                var hash: UInt32 = 0x811C_9DC5
                for index in start..<end { hash = (hash ^ UInt32(bytes[index])) &* 0x0100_0193 }
                sum &+= UInt64(hash)
                start = end
            }
            return sum
        }
    }
}

/// Keeps the optimiser from dropping work whose result nobody reads.
enum Sink {
    @inline(never)
    static func take(_ value: UInt64) {
        if value == 0x5EED_5EED_5EED_5EED { print("") }
    }
}
