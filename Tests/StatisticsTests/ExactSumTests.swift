import HooklineStatistics
import Testing

@Suite struct ExactSumTests {
    private func sum(_ terms: some Sequence<Double>) -> ExactSum {
        var sum = ExactSum()
        for term in terms { sum.add(term) }
        return sum
    }

    @Test(arguments: GoldenTable(ExactGolden.sums).rows)
    func roundsAsFractionsDo(row: [Double]) {
        #expect(sum(row.dropFirst()).value == row[0])
        #expect(sum(row.dropFirst().map { -$0 }).value == -row[0])
    }

    @Test func negativeZeroIsZero() {
        #expect(sum([-0.0]) == ExactSum())
        #expect(sum([-0.0]).value.sign == .plus)
        #expect(sum([-1, 1]).value.sign == .plus)
    }

    @Test(arguments: 0..<20)
    func orderAndPartsDoNotMatter(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let terms = (0..<200).map { _ in random.wideDouble() }
        let whole = sum(terms)
        #expect(sum(terms.shuffled(using: &random)) == whole)
        var merged = sum(terms[..<71])
        merged.add(sum(terms[71...]))
        #expect(merged == whole)
        #expect(merged.encoded == whole.encoded)
        merged.subtract(sum(terms[..<71]))
        #expect(merged == sum(terms[71...]))
    }

    @Test(arguments: 0..<20)
    func subtractingLeavesNoTrace(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var total = sum((0..<50).map { _ in random.wideDouble() })
        let before = total.encoded
        let terms = (0..<200).map { _ in random.wideDouble() }
        for term in terms { total.add(term) }
        #expect(total.encoded != before)
        for term in terms.shuffled(using: &random) { total.subtract(term) }
        #expect(total.encoded == before)
    }

    @Test func multiplesEqualRepeatedTerms() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<50 {
            let x = random.wideDouble()
            let count = random.below(30)
            var multiple = ExactSum()
            multiple.add(x, times: Int64(count))
            #expect(multiple == sum(repeatElement(x, count: count)))
            multiple.add(x, times: -Int64(count))
            #expect(multiple.isZero)
        }
    }

    /// The greatest sum that there is room for: 2^63 - 1 terms of the greatest magnitude.
    @Test func hasRoomForEveryTerm() {
        var total = ExactSum()
        total.add(1e100, times: .max)
        #expect(total.value == 9.223372036854775807e118)
        total.add(.leastNonzeroMagnitude)
        total.add(-1e100, times: .max)
        #expect(total.value == .leastNonzeroMagnitude)
        total.add(-1e100, times: .max)
        #expect(total.value == -9.223372036854775807e118)
    }

    @Test func sumsOfIntegersMatchIntegers() {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<200 {
            let numbers = (0..<20).map { _ in Int64(bitPattern: random.next()) >> 12 }
            #expect(sum(numbers.map { Double($0) }).value == Double(numbers.reduce(0, +)))
        }
    }
}
