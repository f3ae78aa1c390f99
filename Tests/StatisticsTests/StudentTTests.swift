import HooklineStatistics
import Testing

@Suite struct StudentTTests {
    @Test(arguments: GoldenTable(DistributionGolden.studentT).rows)
    func agreesWithMpmath(row: [Double]) {
        let (distribution, t) = (StudentT(degreesOfFreedom: row[0]), row[1])
        #expect(relativeError(distribution.twoSidedP(t), row[2]) < 5e-13)
        #expect(relativeError(distribution.logTwoSidedP(t), row[3]) < 1e-13)
        #expect(relativeError(distribution.survival(t), row[2] / 2) < 5e-13)
        #expect(relativeError(distribution.survival(-t), 1 - row[2] / 2) < 1e-15)
        #expect(distribution.cdf(-t) == distribution.survival(t))
        #expect(distribution.twoSidedP(-t) == distribution.twoSidedP(t))
    }

    /// The quantile of the golden p, except where p is so close to 1 that its own rounding shows.
    @Test(arguments: GoldenTable(DistributionGolden.studentT).rows.filter { $0[2] > 0 && $0[2] < 0.8 })
    func quantileInverts(row: [Double]) {
        let distribution = StudentT(degreesOfFreedom: row[0])
        #expect(relativeError(distribution.twoSidedQuantile(row[2]), row[1]) < 5e-13)
        #expect(relativeError(distribution.quantile(row[2] / 2), -row[1]) < 5e-13)
    }

    /// Published tables: NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.2, to its three decimals.
    @Test(arguments: [(1.0, 0.975, 12.706), (10, 0.95, 1.812), (30, 0.995, 2.750), (100, 0.999, 3.174)])
    func quantilesAreThoseOfTheTable(degrees: Double, probability: Double, expected: Double) {
        #expect((StudentT(degreesOfFreedom: degrees).quantile(probability) - expected).magnitude < 0.0005)
    }

    /// With one degree of freedom it is the Cauchy distribution: P(T > 1) = 1/4.
    @Test func isCauchyWithOneDegree() {
        let cauchy = StudentT(degreesOfFreedom: 1)
        #expect(relativeError(cauchy.survival(1), 0.25) < 1e-15)
        #expect(relativeError(cauchy.quantile(0.75), 1) < 1e-15)
    }

    @Test func isNormalWithInfiniteDegrees() {
        let normal = StudentT(degreesOfFreedom: .infinity)
        let nearly = StudentT(degreesOfFreedom: 1e20)
        for t in [0.0, 0.3, 1.6, 1.8, 9, 36] {
            #expect(relativeError(normal.twoSidedP(t), 2 * Normal.survival(t)) < 1e-15)
            #expect(relativeError(nearly.twoSidedP(t), normal.twoSidedP(t)) < 2e-13)
            #expect((nearly.logTwoSidedP(t) - normal.logTwoSidedP(t)).magnitude < 2e-13)
        }
        #expect(relativeError(nearly.quantile(0.01), normal.quantile(0.01)) < 1e-14)
    }

    @Test func hasEdges() {
        let distribution = StudentT(degreesOfFreedom: 7)
        #expect(distribution.twoSidedP(0) == 1)
        #expect(distribution.twoSidedP(.infinity) == 0)
        #expect(distribution.logTwoSidedP(.infinity) == -.infinity)
        #expect(distribution.twoSidedP(.nan).isNaN)
        #expect(distribution.quantile(0.5) == 0)
        #expect(distribution.quantile(0) == -.infinity)
        #expect(distribution.quantile(1) == .infinity)
        #expect(distribution.quantile(1.5).isNaN)
        #expect(distribution.quantile(.nan).isNaN)
    }

    /// The two ways to compute a tail meet without a step: p falls wherever t grows.
    @Test(arguments: [0.2, 1, 2.5, 4.3, 7, 50, 1e5, 1e13])
    func tailFallsEverywhere(degrees: Double) {
        let distribution = StudentT(degreesOfFreedom: degrees)
        var previous = 1.0
        for step in 1...4_000 {
            let p = distribution.twoSidedP(Double(step) * 0.002)
            #expect(p < previous)
            previous = p
        }
    }
}
