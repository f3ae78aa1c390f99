/// Why a prior is refused: a comparison needs one that is a distribution.
public enum ImproperPrior: Error, Sendable, Hashable, CustomStringConvertible {
    /// The mean of a normal prior is infinite or not a number.
    case meanNotFinite(Double)
    /// The standard deviation of a normal prior is not above 0, or is infinite: a flat prior has no probabilities.
    case standardDeviationOutOfRange(Double)
    /// A shape of a beta prior is below ``BetaPrior/leastShape`` or above ``BetaPrior/greatestShape``.
    case shapeOutOfRange(Double)

    /// The reason, as a sentence for people.
    public var description: String {
        switch self {
        case .meanNotFinite(let value):
            "The mean of the prior is \(value), which is not a finite number."
        case .standardDeviationOutOfRange(let value):
            "The standard deviation of the prior is \(value); it must be above 0 and finite."
        case .shapeOutOfRange(let value):
            "A shape of the prior is \(value); it must be from \(BetaPrior.leastShape) to \(BetaPrior.greatestShape)."
        }
    }
}
