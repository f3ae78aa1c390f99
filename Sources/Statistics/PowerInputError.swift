/// Why there is no sample size, power or detectable effect for what was asked.
public struct PowerInputError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Field: String, Sendable, Hashable, CaseIterable {
        case alpha
        case power
        case controlShare
        case treatmentShare
        case baseline
        case controlStandardDeviation
        case treatmentStandardDeviation
        case effect
        case margin
        case fractions
        case criticalValues
        case units
    }

    public let field: Field
    /// What is wrong, as the rest of a sentence that starts with the field: "is 0.0".
    public let problem: String
    /// What is accepted: "a finite number other than 0".
    public let accepted: String

    public init(_ field: Field, _ problem: String, accepted: String) {
        self.field = field
        self.problem = problem
        self.accepted = accepted
    }

    /// The reason, as a sentence for people.
    public var description: String { "\(field.rawValue) \(problem); accepted: \(accepted)." }

    /// Throws unless a value is accepted; NaN never is.
    static func check(_ field: Field, _ value: Double, _ isAccepted: Bool, _ accepted: String) throws(PowerInputError) {
        guard isAccepted else { throw PowerInputError(field, "is \(value)", accepted: accepted) }
    }
}
