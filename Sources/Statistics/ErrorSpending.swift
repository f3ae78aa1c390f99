/// How much of the error of the first kind may be spent up to a fraction of the information: the spending function of
/// O'Brien-Fleming type.
///
/// K. K. G. Lan and D. L. DeMets, "Discrete Sequential Boundaries for Clinical Trials", Biometrika 70 (1983), their
/// first function. There it is written for a test of one side with level `a`, `2 - 2 Phi(z_(a / 2) / sqrt(t))`. A
/// symmetric two-sided test with level alpha spends that on each of its sides, with `a = alpha / 2`, so that both sides
/// together have
///
///     alpha(t) = 4 * (1 - Phi(z_(alpha / 4) / sqrt(t))),   z_q = the upper quantile of q,
///
/// which is alpha at `t = 1`. This is the convention of the published tables and of the programs of DeMets and Lan:
/// five equal looks with alpha = 0.05 give the boundaries 4.8769, 3.3570, 2.6803, 2.2898 and 2.0310.
public struct ErrorSpending: Sendable, Hashable {
    /// Of both sides together, above 0 and at most 1.
    public let alpha: Double

    /// `z_(alpha / 4)`.
    private let quantile: Double

    /// - Parameter alpha: Of both sides together, above 0 and at most 1.
    public init(alpha: Double) {
        precondition(alpha > 0 && alpha <= 1, "alpha is above 0 and at most 1")
        self.alpha = alpha
        quantile = -Normal.quantile(alpha / 4)
    }

    /// The function with a given `z_(alpha / 4)`, which is at least `z_(1 / 4)`.
    init(quantile: Double) {
        alpha = Swift.min(1, 4 * Normal.survival(quantile))
        self.quantile = quantile
    }

    /// What may be spent on both sides together up to a fraction: increasing from 0 at 0 to alpha at 1 and beyond.
    /// - Parameter fraction: At least 0. Early fractions may spend less than every double, which is then 0.
    public func spent(at fraction: Double) -> Double {
        precondition(fraction >= 0, "a fraction of the information is at least 0")
        if fraction >= 1 { return alpha }
        return Swift.min(alpha, 4 * Normal.survival(quantile / fraction.squareRoot()))
    }
}
