import HooklineStatistics
import Testing

@Suite struct LiftTests {
    private func test(_ control: [Double], _ treatment: [Double], level: Double = 0.95) throws -> WelchTest {
        let arms = [control, treatment].map { values in
            var moments = Moments()
            for value in values { moments.add(value) }
            return moments
        }
        return try WelchTest.compare(control: arms[0], treatment: arms[1], confidenceLevel: level).get()
    }

    /// Both bounds r solve (d - r m)^2 = q^2 (v_T + (1 + r)^2 v_C).
    @Test(arguments: [1.0, -1.0, 1e-60, 1e60])
    func boundsSolveFiellersEquation(unit: Double) throws {
        let control = [4.0, 5.5, 6.25, 5, 4.75, 6].map { $0 * unit }
        let treatment = [5.0, 7.5, 6.5, 6, 8].map { $0 * unit }
        let test = try test(control, treatment)
        let interval = try #require(test.lift.interval)
        let m = try #require(test.control.mean) / unit
        let (controlVariance, treatmentVariance) = (
            try #require(test.control.varianceOfMean) / unit / unit,
            try #require(test.treatment.varianceOfMean) / unit / unit
        )
        let q = StudentT(degreesOfFreedom: test.degreesOfFreedom).twoSidedQuantile(0.05)
        for r in [interval.lower / 100, interval.upper / 100] {
            let left = test.difference / unit - r * m
            let right = treatmentVariance + (1 + r) * (1 + r) * controlVariance
            #expect(relativeError(left * left, q * q * right) < 1e-12)
        }
        #expect(interval.contains(try #require(test.lift.percent)))
        #expect(relativeError(try #require(test.lift.percent), 100 * test.difference / (m * unit)) < 1e-15)
        #expect(test.lift.gap == nil)
    }

    @Test(arguments: 0..<200)
    func agreesWithThePValue(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let values = { (shift: Double) in (0..<12).map { _ in random.unit() + shift } }
        let test = try test(values(1), values(1.25))
        let lift = try #require(test.lift.interval)
        #expect(lift.contains(0) == (test.pValue >= 0.05))
        #expect(test.interval.contains(0) == (test.pValue >= 0.05))
    }

    @Test func aZeroControlHasNoLift() throws {
        let lift = try test([0, 0, 0], [1, 2, 3]).lift
        #expect(lift.percent == nil)
        #expect(lift.interval == nil)
        #expect(lift.gap == .controlMeanIsZero)
        #expect(try test([-1, 1], [1, 2, 3]).lift.gap == .controlMeanIsZero)
    }

    @Test func anUncertainControlHasNoBounds() throws {
        let lift = try test([-3, 1, 2.5], [1, 2, 3]).lift
        #expect(lift.interval == nil)
        #expect(lift.gap == .controlMeanNearZero)
        #expect(relativeError(try #require(lift.percent), 1_100) < 1e-14)
    }

    @Test(arguments: [1e100, -1e100])
    func aLiftBeyondTheDoublesHasAReason(scale: Double) throws {
        let lift = try test([1e-300, 1.1e-300, 1.05e-300], [scale, 0.8 * scale, 0.9 * scale]).lift
        #expect(lift.percent == nil && lift.interval == nil)
        #expect(lift.gap == .outOfRange)
        #expect(Lift.Gap.outOfRange.description.contains("too small beside the difference"))
    }
}
