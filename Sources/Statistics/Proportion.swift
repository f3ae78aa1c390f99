/// How many units of an arm converted.
public struct Proportion: Sendable, Hashable {
    public let conversions: Int64
    public let units: Int64

    /// Any counts; what compares proportions says so where they are none.
    public init(conversions: Int64, units: Int64) {
        self.conversions = conversions
        self.units = units
    }

    /// The share of units that converted; nil where there is no unit.
    public var rate: Double? {
        units > 0 ? Double(conversions) / Double(units) : nil
    }

    /// Why these counts are no proportion, or one of too few units.
    func refusal(in arm: NotTestable.Arm, minimumUnits: Int64) -> NotTestable? {
        guard conversions >= 0, conversions <= units else {
            return .notAProportion(arm, conversions: conversions, units: units)
        }
        return units < minimumUnits ? .tooFewUnits(arm, n: units) : nil
    }
}
