import HooklineExperiments
import HooklinePrimitives
import HooklineStatistics

/// Many experiments on the same viewers: their arms are as large as they should be, and who sees what in one tells nothing of what
/// they see in another.
struct AllocationPromises {
    private static let experiments = 300
    private static let viewers = 10_000
    private static let level = 0.01

    let seed: UInt64

    func rates() throws -> [PromisedRate] {
        let names = (0..<Self.viewers).map { Identifier(unchecked: "viewer-\($0)") }
        let arms = (0..<Self.experiments).map { number in
            let allocation = Allocation(seed: "aa-\(seed)-\(number)", weights: [0.5, 0.5], coverage: 1)
            return names.map { allocation.variant(of: $0) ?? 0 }
        }
        var (sizes, pairs) = (ObservedRate(), ObservedRate())
        for number in arms.indices {
            // Of the four combinations with the arms of the next one, all are equally many.
            var cells: [Int64] = [0, 0, 0, 0]
            for (first, second) in zip(arms[number], arms[(number + 1) % arms.count]) { cells[2 * first + second] += 1 }
            let ofArms = [cells[0] + cells[1], cells[2] + cells[3]]
            sizes.note(try SampleRatioTest(observed: ofArms, weights: [1, 1]).pValue < Self.level)
            pairs.note(try SampleRatioTest(observed: cells, weights: [1, 1, 1, 1]).pValue < Self.level)
        }
        let what = "allocation of \(Self.viewers) viewers in \(Self.experiments) experiments, p below \(Self.level): "
        return [
            PromisedRate(what: what + "sizes of arms", rate: sizes, promise: Self.level),
            PromisedRate(what: what + "independence of the next experiment", rate: pairs, promise: Self.level),
        ]
    }
}
