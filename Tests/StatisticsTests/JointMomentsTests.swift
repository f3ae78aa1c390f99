import HooklineStatistics
import Testing

@Suite struct JointMomentsTests {
    private func units(_ shape: JointMoments.Shape, count: Int, seed: UInt64) -> [JointUnit] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in JointUnit(shape, random: &random) }
    }

    @Test(arguments: JointUnit.shapes, [1, 2, 3] as [UInt64])
    func onlyTheRemainingUnitsCount(shape: JointMoments.Shape, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let units = units(shape, count: 60, seed: seed)
        let whole = JointMoments(shape, units: units)
        #expect(whole.count == 60)
        #expect(JointMoments(shape, units: units.shuffled(using: &random)) == whole)

        var merged = JointMoments(shape, units: units[..<25])
        let rest = JointMoments(shape, units: units[25...])
        merged.merge(rest)
        #expect(merged == whole && merged.encoded == whole.encoded)
        merged.subtract(rest)
        #expect(merged == JointMoments(shape, units: units[..<25]))
        merged.subtract(merged)
        #expect(merged.isEmpty && merged.encoded == JointMoments(shape).encoded)

        var changed = whole
        for unit in units[30...] { changed.remove(unit) }
        #expect(changed.encoded == JointMoments(shape, units: units[..<30]).encoded)
        for unit in units[30...].reversed() { changed.add(unit) }
        #expect(changed.encoded == whole.encoded)
    }

    @Test(arguments: JointUnit.shapes)
    func repetitionsEqualSingleUnits(shape: JointMoments.Shape) {
        for unit in units(shape, count: 20, seed: 4) {
            var repeated = JointMoments(shape)
            repeated.add(y: unit.y, d: unit.d, x: unit.x, times: 17)
            #expect(repeated == JointMoments(shape, units: repeatElement(unit, count: 17)))
        }
    }

    @Test(arguments: JointUnit.shapes)
    func aConstantValueIsThatOfEveryUnit(shape: JointMoments.Shape) {
        var random = SeededGenerator(seed: 5)
        for seed in 0..<20 as Range<UInt64> {
            let units = units(shape, count: 9, seed: seed)
            let c = seed == 0 ? 0 : random.wideDouble()
            let replaced = JointMoments(shape, units: units.map { JointUnit(y: c, d: $0.d, x: $0.x) })
            #expect(JointMoments(shape, units: units).replacingY(withConstant: c) == replaced)
        }
        #expect(JointMoments(shape).replacingY(withConstant: 3) == JointMoments(shape))
    }

    /// Units above 100 count as 100, by subtraction of their part only.
    @Test func capsValuesWithoutThem() {
        var random = SeededGenerator(seed: 6)
        let units = (0..<200).map { _ in
            JointUnit(y: random.unit() * 130, d: random.plainDouble(), x: random.plainDouble())
        }
        let above = JointMoments(.all, units: units.filter { $0.y > 100 })
        var capped = JointMoments(.all, units: units)
        capped.subtract(above)
        capped.merge(above.replacingY(withConstant: 100))
        #expect(!above.isEmpty)
        #expect(capped == JointMoments(.all, units: units.map { JointUnit(y: min($0.y, 100), d: $0.d, x: $0.x) }))
    }

    @Test func sumsAreThoseOfTheVariables() {
        let moments = JointMoments(.all, units: [JointUnit(y: 2, d: 3, x: 5), JointUnit(y: 7, d: 11, x: 13)])
        let variables = JointMoments.Variable.allCases
        #expect(variables.map { moments.sum(of: $0)?.value } == [9, 14, 18])
        let products = variables.map { left in
            variables.map { moments.sumOfProducts(of: left, and: $0)?.value }
        }
        #expect(products == [[53, 83, 101], [83, 130, 158], [101, 158, 194]])
        let adjusted = JointMoments(.covariate, units: [JointUnit(y: 2, x: 5)])
        #expect(variables.map { adjusted.sum(of: $0)?.value } == [2, nil, 5])
        #expect(adjusted.sumOfProducts(of: .covariate, and: .value)?.value == 10)
        #expect(adjusted.sumOfProducts(of: .covariate, and: .denominator) == nil)
        #expect(variables.map(adjusted.has) == [true, false, true])
    }

    @Test(arguments: 0..<10)
    func valuesAloneAreMoments(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var (joint, moments) = (JointMoments(), Moments())
        for _ in 0..<40 {
            let x = seed < 5 ? random.wideDouble() : 1e8 + random.unit()
            #expect(joint.summary == moments.summary)
            #expect(joint.encoded.count == moments.encoded.count + 1)
            joint.add(y: x)
            moments.add(x)
        }
        // A covariate changes nothing of the unadjusted arm.
        var covariate = JointMoments(.covariate)
        for _ in 0..<40 { covariate.add(y: 0, x: random.wideDouble()) }
        #expect(covariate.summary.varianceOfMean == 0)
        #expect(covariate.summary.mean == 0)
    }
}
