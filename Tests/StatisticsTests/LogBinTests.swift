import HooklineStatistics
import Testing

@Suite struct LogBinTests {
    @Test(arguments: GoldenTable(QuantileGolden.bins).rows)
    func agreeWithFrexp(row: [Double]) {
        let bin = LogBin(row[0])
        #expect(bin.index == Int32(row[1]))
        guard bin != .zero else { return }
        #expect(bin.lowerEdge == Swift.max(row[2], -LogBin.maximumMagnitude))
        #expect(bin.upperEdge == Swift.min(row[3], LogBin.maximumMagnitude))
    }

    /// Every bin there is: edges that meet, and doubles at and next to them that fall on the right side.
    @Test func binsTileTheLine() throws {
        #expect(LogBin.lowest.lowerEdge == -1e100)
        #expect(LogBin.highest.upperEdge == 1e100)
        #expect(LogBin.lowest.index == -LogBin.highest.index)
        var (gaps, misses, wide) = (0, 0, 0)
        for index in Int(LogBin.lowest.index)..<Int(LogBin.highest.index) {
            let (bin, next) = (try #require(LogBin(index: index)), try #require(LogBin(index: index + 1)))
            let edge = bin.upperEdge
            if next.lowerEdge != edge || !(bin < next) { gaps += 1 }
            // The edge goes with the bin that is farther from 0.
            let onEdge = index < 0 ? bin : next
            if LogBin(edge) != onEdge || LogBin(edge.nextDown) != bin || LogBin(edge.nextUp) != next { misses += 1 }
            let nearest = Swift.min(bin.lowerEdge.magnitude, edge.magnitude)
            let width = (edge - bin.lowerEdge) / nearest
            if bin != .zero, index > Int(LogBin.lowest.index), width < 1 / 256.0 || width > 1 / 128.0 { wide += 1 }
        }
        #expect(gaps == 0)
        #expect(misses == 0)
        #expect(wide == 0)
        #expect(LogBin(index: Int(LogBin.highest.index) + 1) == nil)
        #expect(LogBin(index: .min) == nil)
    }

    @Test func areMonotoneAndMirrored() {
        var random = SeededGenerator(seed: 1)
        let values = (0..<5_000).map { _ in random.wideDouble() }.sorted()
        var previous = LogBin.lowest
        for x in values {
            let bin = LogBin(x)
            #expect(previous <= bin)
            #expect(LogBin(-x).index == -bin.index)
            #expect(bin.lowerEdge <= x && x <= bin.upperEdge)
            previous = bin
        }
    }

    @Test func fractionsDivideTheWidth() {
        #expect(LogBin(1).value(at: 0) == 1)
        #expect(LogBin(1).value(at: 1) == 1.0078125)
        #expect(LogBin(-1).value(at: 0.5) == -1.00390625)
        #expect(LogBin.zero.value(at: 0.25) == 0)
    }
}
