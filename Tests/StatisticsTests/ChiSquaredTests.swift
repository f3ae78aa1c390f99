import HooklineStatistics
import Testing

@Suite struct ChiSquaredTests {
    @Test(arguments: GoldenTable(DistributionGolden.chiSquared).rows)
    func agreesWithMpmath(row: [Double]) {
        let (distribution, x) = (ChiSquared(degreesOfFreedom: row[0]), row[1])
        #expect(relativeError(distribution.cdf(x), row[2]) < 1e-12)
        #expect(relativeError(distribution.survival(x), row[3]) < 1e-12)
        #expect(relativeError(distribution.logSurvival(x), row[4]) < 1e-12)
    }

    @Test(arguments: GoldenTable(DistributionGolden.chiSquared).rows.filter { $0[2] > 0 && $0[3] > 0 })
    func quantileInverts(row: [Double]) {
        let distribution = ChiSquared(degreesOfFreedom: row[0])
        if row[2] < 0.5 {
            #expect(relativeError(distribution.quantile(row[2]), row[1]) < 1e-14)
        } else {
            #expect(relativeError(distribution.upperQuantile(row[3]), row[1]) < 1e-14)
        }
    }

    /// Published tables: NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.4, to its three decimals.
    @Test(arguments: [(1.0, 0.95, 3.841), (5, 0.99, 15.086), (20, 0.999, 45.315), (100, 0.9, 118.498)])
    func quantilesAreThoseOfTheTable(degrees: Double, probability: Double, expected: Double) {
        #expect((ChiSquared(degreesOfFreedom: degrees).quantile(probability) - expected).magnitude < 0.0005)
    }

    /// With two degrees of freedom it is an exponential distribution.
    @Test func isExponentialWithTwoDegrees() {
        let distribution = ChiSquared(degreesOfFreedom: 2)
        for x in [1e-300, 0.1, 3.9, 4.1, 100, 1e4, 1e300] {
            #expect(relativeError(distribution.logSurvival(x), -x / 2) < 1e-12)
        }
        #expect(relativeError(distribution.upperQuantile(1e-300), 600 * 2.302585092994046) < 1e-15)
    }

    @Test func hasEdges() {
        let distribution = ChiSquared(degreesOfFreedom: 3)
        #expect(distribution.survival(0) == 1)
        #expect(distribution.survival(-1) == 1)
        #expect(distribution.survival(.infinity) == 0)
        #expect(distribution.survival(.nan).isNaN)
        #expect(distribution.logSurvival(.infinity) == -.infinity)
        #expect(distribution.quantile(0) == 0)
        #expect(distribution.quantile(1) == .infinity)
        #expect(distribution.quantile(2).isNaN)
        #expect(distribution.upperQuantile(0) == .infinity)
    }
}
