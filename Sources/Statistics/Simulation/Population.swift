/// Units as an experiment may meet them, for simulations: a value of each, and a covariate that was measured before.
///
/// Both have the same shape, and come from two standard normal numbers with a correlation: the covariate of an unlikely
/// value is itself likely to be unlikely.
public struct Population: Sendable, Hashable, CustomStringConvertible {
    public enum Shape: Sendable, Hashable {
        /// With a mean of 10 and a standard deviation of 1.
        case normal
        /// 1 with this probability, above 0 and below 1; else 0.
        case conversion(rate: Double)
        /// The exponential of a normal number with this standard deviation, above 0.
        case lognormal(sigma: Double)
        /// 0, but for this share, above 0 and below 1, whose values are lognormal with a sigma of 1.
        case zeroInflated(share: Double)
    }

    public let shape: Shape
    /// What values are multiplied with, above 0; of a conversion, its rate is.
    public let factor: Double
    /// Of the two normal numbers, from -1 to 1.
    public let correlation: Double

    /// The normal number below which a unit converts, or above which it has a value other than 0.
    private let threshold: Double

    public init(_ shape: Shape, factor: Double = 1, correlation: Double = 0.7) {
        precondition(factor > 0 && factor < .infinity, "a factor is above 0")
        precondition(correlation.magnitude <= 1, "a correlation lies in -1...1")
        self.shape = shape
        self.factor = factor
        self.correlation = correlation
        switch shape {
        case .normal: threshold = 0
        case .lognormal(let sigma):
            precondition(sigma > 0 && sigma < .infinity, "a sigma is above 0")
            threshold = 0
        case .conversion(let rate):
            precondition(rate > 0 && rate * factor < 1, "a rate is above 0 and below 1")
            threshold = Normal.quantile(rate * factor)
        case .zeroInflated(let share):
            precondition(share > 0 && share < 1, "a share is above 0 and below 1")
            threshold = -Normal.quantile(share)
        }
    }

    /// The mean of all values.
    public var mean: Double {
        switch shape {
        case .normal: factor * 10
        case .conversion(let rate): factor * rate
        case .lognormal(let sigma): factor * (sigma * sigma / 2).exponential
        case .zeroInflated(let share): factor * share * 0.5.exponential
        }
    }

    /// The same units with other values.
    public func scaled(by factor: Double) -> Population {
        Population(shape, factor: self.factor * factor, correlation: correlation)
    }

    /// One unit.
    public func unit(_ random: inout SplitMix64) -> (value: Double, covariate: Double) {
        let (first, second) = random.normals()
        let other = correlation * first + (1 - correlation * correlation).squareRoot() * second
        return (value(first), value(other))
    }

    private func value(_ normal: Double) -> Double {
        switch shape {
        case .normal: return factor * (10 + normal)
        case .conversion: return normal < threshold ? 1 : 0
        case .lognormal(let sigma): return factor * (sigma * normal).exponential
        case .zeroInflated(let share):
            guard normal > threshold else { return 0 }
            // Where it is among those that are not 0, as a share of them.
            return factor * (-Normal.quantile(Normal.survival(normal) / share)).exponential
        }
    }

    public var description: String {
        switch shape {
        case .normal: "normal"
        case .conversion(let rate): "conversion \(rate * 100) %"
        case .lognormal: "lognormal"
        case .zeroInflated: "zero-inflated"
        }
    }
}

extension SplitMix64 {
    /// Two independent standard normal numbers, by the polar method (G. Marsaglia and T. A. Bray, "A Convenient Method for
    /// Generating Normal Variables", SIAM Review 6, 1964).
    mutating func normals() -> (Double, Double) {
        while true {
            let (x, y) = (2 * unit() - 1, 2 * unit() - 1)
            let square = x * x + y * y
            guard square > 0, square < 1 else { continue }
            let scale = (-2 * square.naturalLogarithm / square).squareRoot()
            return (x * scale, y * scale)
        }
    }
}
