/// Control of the family-wise error rate over several tests.
///
/// S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6 (1979): the
/// step-down procedure. It holds whatever the dependence of the tests.
public enum Holm {
    /// The adjusted p-values in the order of the arguments: rejecting those of at most a keeps the probability of any
    /// false rejection at most at a.
    ///
    /// Monotone in the p-values, equal for equal ones, at least the p-value itself and at most 1.
    /// - Parameter pValues: Each in `0...1`; NaN is a precondition failure.
    public static func adjusted(_ pValues: [Double]) -> [Double] {
        precondition(pValues.allSatisfy { $0 >= 0 && $0 <= 1 }, "p-values lie in 0...1")
        let order = pValues.indices.sorted { pValues[$0] < pValues[$1] }
        var adjusted = pValues
        var greatest = 0.0
        for (position, index) in order.enumerated() {
            // Of equal ones the first has the greatest factor, and the others keep its result.
            greatest = Swift.max(greatest, Swift.min(1, pValues[index] * Double(pValues.count - position)))
            adjusted[index] = greatest
        }
        return adjusted
    }
}
