/// Control of the false discovery rate over several tests.
///
/// Y. Benjamini and Y. Hochberg, "Controlling the False Discovery Rate", JRSS B 57 (1995): the step-up procedure. It
/// holds for tests that are independent or positively dependent.
public enum BenjaminiHochberg {
    /// The adjusted p-values in the order of the arguments: rejecting those below q keeps the rate of false discoveries
    /// below q.
    ///
    /// Monotone in the p-values, equal for equal ones, at least the p-value itself and at most 1.
    /// - Parameter pValues: Each in `0...1`; NaN is a precondition failure.
    public static func adjusted(_ pValues: [Double]) -> [Double] {
        precondition(pValues.allSatisfy { $0 >= 0 && $0 <= 1 }, "p-values lie in 0...1")
        let order = pValues.indices.sorted { pValues[$0] > pValues[$1] }
        var adjusted = pValues
        var least = 1.0
        for (position, index) in order.enumerated() {
            let rank = pValues.count - position
            // The greatest has the factor 1 and stays as it is; rounding must not bring any other below itself.
            let scaled = Swift.max(pValues[index], pValues[index] * (Double(pValues.count) / Double(rank)))
            least = Swift.min(least, scaled)
            adjusted[index] = least
        }
        return adjusted
    }
}
