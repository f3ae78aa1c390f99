import HooklineStatistics
import Testing

@Suite struct ExactProductSumTests {
    @Test(arguments: GoldenTable(ExactGolden.squares).rows)
    func squaresRoundAsFractionsDo(row: [Double]) {
        var sum = ExactProductSum()
        for x in row.dropFirst() { sum.add(x, x) }
        #expect(sum.value == row[0])
        for x in row.dropFirst() { sum.subtract(x, x) }
        #expect(sum.isZero)
    }

    @Test func smallestProductIsKept() {
        var sum = ExactProductSum()
        sum.add(.leastNonzeroMagnitude, .leastNonzeroMagnitude)
        #expect(!sum.isZero)
        #expect(sum.value == 0)
        #expect(sum.encoded == [0, 0, 0, 0, 0x10])
        sum.add(1e100, 1e100)
        sum.subtract(1e100, 1e100)
        #expect(sum.encoded == [0, 0, 0, 0, 0x10])
    }

    @Test(arguments: 0..<10)
    func orderAndPartsDoNotMatter(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pairs = (0..<100).map { _ in (random.wideDouble(), random.wideDouble()) }
        var (forward, first, second) = (ExactProductSum(), ExactProductSum(), ExactProductSum())
        for (x, y) in pairs { forward.add(x, y) }
        for (x, y) in pairs[40...].reversed() { first.add(y, x) }
        for (x, y) in pairs[..<40] { second.subtract(-x, y) }
        first.add(second)
        #expect(first == forward)
        #expect(first.encoded == forward.encoded)
        first.subtract(forward)
        #expect(first.isZero)
    }

    @Test func multiplesEqualRepeatedTerms() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<50 {
            let (x, y, count) = (random.wideDouble(), random.wideDouble(), random.below(20))
            var (multiple, repeated) = (ExactProductSum(), ExactProductSum())
            multiple.add(x, y, times: Int64(count))
            multiple.add(x, times: -Int64(count))
            for _ in 0..<count {
                repeated.add(x, y)
                repeated.subtract(x, 1)
            }
            #expect(multiple == repeated)
        }
    }

    @Test(arguments: [Int64.min, -3, 0, 1, Int64.max])
    func takesWholeNumbers(number: Int64) {
        var sum = ExactProductSum()
        sum.add(number)
        #expect(sum.value == Double(number))
        sum.add(-1, times: number)
        #expect(sum.isZero)
        sum.subtract(number)
        #expect(sum.value == -Double(number))
    }

    @Test func hasRoomForEveryTerm() {
        var sum = ExactProductSum()
        sum.add(1e100, 1e100, times: .max)
        #expect(relativeError(sum.value, 9.223372036854775807e218) < 1e-15)
        sum.add(.leastNonzeroMagnitude, .leastNonzeroMagnitude)
        sum.add(-1e100, 1e100, times: .max)
        #expect(sum.encoded == [0, 0, 0, 0, 0x10])
    }
}
