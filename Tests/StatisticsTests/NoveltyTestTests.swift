import Foundation
import HooklineStatistics
import Testing

@Suite struct NoveltyTestTests {
    private func rate(_ successes: Int64, of units: Int64) -> Moments {
        var moments = Moments()
        moments.add(repeating: 1, count: successes)
        moments.add(repeating: 0, count: units - successes)
        return moments
    }

    private func arms(_ row: ArraySlice<Double>) -> NoveltyTest.Arms {
        let row = row.map { Int64($0) }
        return NoveltyTest.Arms(control: rate(row[1], of: row[0]), treatment: rate(row[3], of: row[2]))
    }

    @Test(arguments: GoldenTable(NoveltyGolden.tests).rows)
    func agreesWithMpmath(row: [Double]) throws {
        let test = try #require(NoveltyTest.compare(early: arms(row[0..<4]), later: arms(row[4..<8])))
        #expect(relativeError(test.early, row[8]) < 1e-13)
        #expect(relativeError(test.later, row[9]) < 1e-13)
        #expect(relativeError(test.standardError, row[10]) < 1e-13)
        #expect(relativeError(test.degreesOfFreedom, row[11]) < 1e-11)
        #expect(abs(log(test.pValue) - row[12]) < 1e-9 * max(1, -row[12]))
        #expect(test.isSignificant == (row[12] < log(0.01)))
    }

    @Test func tooFewUnitsTellNothing() {
        let (few, many) = (rate(10, of: 99), rate(10, of: 100))
        let enough = NoveltyTest.Arms(control: many, treatment: many)
        #expect(NoveltyTest.compare(early: enough, later: NoveltyTest.Arms(control: many, treatment: few)) == nil)
        #expect(NoveltyTest.compare(early: enough, later: enough)?.pValue == 1)
        let none = NoveltyTest.Arms(control: rate(0, of: 100), treatment: rate(0, of: 100))
        #expect(NoveltyTest.compare(early: none, later: none) == nil)
    }

    /// Later units come in one by one, and somebody looks at each hundred of them.
    /// - Parameter later: the lift of the treatment for those who come later; the early ones had 20 %.
    private func everSignificant(seed: UInt64, later: Double) -> Bool {
        var random = SplitMix64(seed: seed)
        var early = [Moments(), Moments()]
        for _ in 0..<1_000 {
            early[0].add(random.unit() < 0.1 ? 1 : 0)
            early[1].add(random.unit() < 0.12 ? 1 : 0)
        }
        let first = NoveltyTest.Arms(control: early[0], treatment: early[1])
        var rest = [Moments(), Moments()]
        for unit in 1...4_000 {
            rest[0].add(random.unit() < 0.1 ? 1 : 0)
            rest[1].add(random.unit() < 0.1 * (1 + later) ? 1 : 0)
            guard unit % 100 == 0 else { continue }
            let test = NoveltyTest.compare(
                early: first,
                later: NoveltyTest.Arms(control: rest[0], treatment: rest[1]),
                confidenceLevel: 0.95
            )
            if test?.isSignificant == true { return true }
        }
        return false
    }

    @Test func anEffectThatStaysIsSeldomCalledANovelty() {
        var rate = ObservedRate()
        for seed in 1...400 { rate.note(everSignificant(seed: UInt64(seed), later: 0.2)) }
        #expect(rate.lowerLimit() <= 0.05, "\(rate.share)")
    }

    @Test func anEffectThatTurnsIsFound() {
        var rate = ObservedRate()
        for seed in 1...60 { rate.note(everSignificant(seed: UInt64(seed), later: -0.6)) }
        #expect(rate.share > 0.8, "\(rate.share)")
    }
}
