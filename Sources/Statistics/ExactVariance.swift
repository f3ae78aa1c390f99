/// The formulas of means and variances over exact sums: whole fractions, each rounded once, where it is read.
///
/// The textbook form `(n * sum x^2 - (sum x)^2) / (n (n - 1))` (Chan, Golub and LeVeque, "Algorithms for Computing the
/// Sample Variance", The American Statistician 37, 1983) loses every digit in floating point. In exact arithmetic
/// nothing cancels wrongly, and it needs no pass over the values.
enum ExactVariance {
    /// `n * sum x^2 - (sum x)^2`: n times the sum of the squared deviations from the mean. Never negative.
    static func spread(count: Int64, sum: ExactSum, squares: ExactProductSum) -> WideNumber {
        let total = WideNumber(sum)
        return WideNumber(count) * WideNumber(squares) - total * total
    }

    /// The unbiased variance of the values. At least two of them.
    static func variance(count: Int64, spread: WideNumber) -> BinaryRounding {
        spread.divided(by: WideNumber(count) * WideNumber(count - 1))
    }

    /// The variance of the mean of independent values: `variance / n`, rounded once. At least two of them.
    static func varianceOfMean(count: Int64, spread: WideNumber) -> BinaryRounding {
        spread.divided(by: WideNumber(count) * WideNumber(count) * WideNumber(count - 1))
    }

    /// The mean of at least one value.
    static func mean(count: Int64, sum: ExactSum) -> ExactFraction {
        ExactFraction(WideNumber(sum), over: WideNumber(count))
    }

    /// Whether sums can come from so many values of at most 1e100 each: what decoding has to check, since the bytes
    /// alone do not show it.
    static func isPossible(count: Int64, sum: ExactSum, squares: ExactProductSum) -> Bool {
        guard count > 0 else { return sum.isZero && squares.isZero }
        var bound = ExactProductSum()
        bound.add(ExactSum.maximumMagnitude, ExactSum.maximumMagnitude, times: count)
        bound.subtract(squares)
        return !bound.isNegative && !spread(count: count, sum: sum, squares: squares).isNegative
    }
}
