/// How many units an experiment needs; with several looks, at its end if it does not stop before.
public struct SampleSize: Sendable, Hashable {
    /// Of both arms together, before they are rounded up.
    public let units: Double
    /// Whole units, rounded up, at least 1.
    public let controlUnits: Int
    /// Whole units, rounded up, at least 1.
    public let treatmentUnits: Int
    /// How many of ``units`` are expected until the stop if the truth is as supposed; nil where there is one look only.
    public let expectedUnits: Double?

    /// Whole units of both arms together.
    public var totalUnits: Int { controlUnits + treatmentUnits }

    /// - Parameters:
    ///   - units: At most ``greatest``.
    ///   - shares: Of the arms; they add up to 1.
    init(units: Double, shares: (control: Double, treatment: Double), expectedUnits: Double?) {
        // What is above a whole number by rounding alone does not need another unit.
        let rounded = { (units: Double) in Swift.max(1, Int((units - 1e-12 * units).rounded(.up))) }
        self.units = units
        controlUnits = rounded(units * shares.control)
        treatmentUnits = rounded(units * shares.treatment)
        self.expectedUnits = expectedUnits
    }

    /// 2^53: whole numbers beyond it are not doubles.
    static let greatest = 0x1p53

    /// The whole days until enough units are there, at a steady rate.
    /// - Parameters:
    ///   - needed: In all; ``totalUnits`` for instance.
    ///   - have: Those that are there already.
    ///   - perDay: New units in a day.
    /// - Returns: 0 where nothing is missing; nil where the rate is not above 0 or the days are beyond every `Int`.
    public static func remainingDays(needed: Int, have: Int, perDay: Double) -> Int? {
        guard have < needed else { return 0 }
        let (missing, isOverflow) = needed.subtractingReportingOverflow(have)
        guard perDay > 0, perDay < .infinity, !isOverflow else { return nil }
        return Int(exactly: (Double(missing) / perDay).rounded(.up))
    }
}
