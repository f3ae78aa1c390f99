import HooklineStatistics
import Testing

@Suite struct NormalTests {
    @Test(arguments: GoldenTable(DistributionGolden.normal).rows)
    func agreesWithMpmath(row: [Double]) {
        #expect(relativeError(Normal.survival(row[0]), row[1]) < 2e-13)
        #expect(relativeError(Normal.logSurvival(row[0]), row[2]) < 1e-14)
        #expect(Normal.cdf(-row[0]) == Normal.survival(row[0]))
    }

    @Test(arguments: GoldenTable(DistributionGolden.normal).rows.filter { $0[1] > 0 && $0[1] < 0.5 })
    func quantileInverts(row: [Double]) {
        #expect(relativeError(Normal.quantile(row[1]), -row[0]) < 2e-15)
    }

    @Test func hasEdges() {
        #expect(Normal.quantile(0) == -.infinity)
        #expect(Normal.quantile(1) == .infinity)
        #expect(Normal.quantile(0.5) == 0)
        #expect(Normal.quantile(-0.1).isNaN)
        #expect(Normal.survival(.infinity) == 0)
        #expect(Normal.survival(-.infinity) == 1)
        #expect(Normal.logSurvival(.infinity) == -.infinity)
        #expect(Normal.logSurvival(.nan).isNaN)
        #expect(Normal.survival(.nan).isNaN)
    }

    @Test func quantileIsSymmetric() {
        // These probabilities and their complements are doubles.
        for p in [0.25, 0.125, 0x1p-10, 0x1p-40] {
            #expect(Normal.quantile(1 - p) == -Normal.quantile(p))
        }
    }

    @Test func densityIsTheSlopeOfTheDistribution() {
        for z in [-2.0, 0, 0.7, 3] {
            let slope = (Normal.cdf(z + 1e-5) - Normal.cdf(z - 1e-5)) / 2e-5
            #expect(relativeError(Normal.density(z), slope) < 1e-8)
        }
    }
}
