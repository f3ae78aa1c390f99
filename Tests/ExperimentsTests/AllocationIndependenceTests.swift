import HooklineExperiments
import HooklinePrimitives
import HooklineStatistics
import Testing

/// Whether who sees what in one experiment tells nothing of what they see in another.
@Suite struct AllocationIndependenceTests {
    private static let experiments = 300
    private static let users = 2_000

    /// By experiment and user, the arm.
    private static let arms: [[Int]] = {
        let names = (0..<users).map { Identifier(unchecked: "user-\($0)") }
        return (0..<experiments).map { number in
            let allocation = Allocation(seed: "experiment-\(number)", weights: [0.5, 0.5], coverage: 1)
            return names.map { allocation.variant(of: $0) ?? 0 }
        }
    }()

    /// Of 300 tests at 0.01 three are below by chance; more than 10 would have a probability below 0.001.
    private func expectUniform(_ pValues: [Double]) {
        #expect(pValues.count == Self.experiments)
        #expect(pValues.count { $0 < 0.01 } <= 10)
        // Nor are they too even: of 300 below 0.5, fewer than 115 or more than 185 would have a probability below 0.0001.
        #expect((115...185).contains(pValues.count { $0 < 0.5 }))
    }

    @Test func armsAreAsLargeAsTheyShouldBe() throws {
        expectUniform(
            try Self.arms.map { arms in
                let treated = Int64(arms.reduce(0, +))
                return try SampleRatioTest(observed: [Int64(arms.count) - treated, treated], weights: [1, 1]).pValue
            }
        )
    }

    /// Each experiment against the next: the four combinations are equally many.
    @Test func experimentsAreIndependent() throws {
        expectUniform(
            try Self.arms.indices.map { number in
                let next = Self.arms[(number + 1) % Self.experiments]
                var cells: [Int64] = [0, 0, 0, 0]
                for (first, second) in zip(Self.arms[number], next) { cells[2 * first + second] += 1 }
                return try SampleRatioTest(observed: cells, weights: [1, 1, 1, 1]).pValue
            }
        )
    }
}
