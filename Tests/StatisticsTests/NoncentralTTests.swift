import Testing

@testable import HooklineStatistics

@Suite struct NoncentralTTests {
    @Test(arguments: GoldenTable(PowerGolden.noncentral).rows)
    func agreesWithScipy(row: [Double]) {
        let value = NoncentralT(degreesOfFreedom: row[0], noncentrality: row[1]).survival(row[2])
        #expect((value - row[3]).magnitude < 1e-12)
    }

    @Test(arguments: [0.5, 1, 3, 40, 1e5])
    func withoutNoncentralityItIsStudent(degreesOfFreedom: Double) {
        let student = StudentT(degreesOfFreedom: degreesOfFreedom)
        let noncentral = NoncentralT(degreesOfFreedom: degreesOfFreedom, noncentrality: 0)
        for t in [-2.0, 0, 0.5, 2, 7] {
            #expect((noncentral.survival(t) - student.survival(t)).magnitude < 1e-12)
        }
    }
}
