/// Functions of which the logarithm is concave: where they count, and the quadrature over it.
enum LogConcave {
    /// What an integrand has fallen to when it is left out: exp(-40).
    static let negligibleExponent = 40.0

    /// A distance at which a convex function that starts at 0 is above the negligible exponent, and not far above it.
    static func reach(start: Double, of exponent: (Double) -> Double) -> Double {
        var low = 0.0
        var high = start
        while exponent(high) < negligibleExponent {
            low = high
            high *= 2
        }
        for _ in 0..<maximumSteps {
            if exponent(high) <= 1.5 * negligibleExponent { break }
            let middle = (low + high) / 2
            if exponent(middle) < negligibleExponent { low = middle } else { high = middle }
        }
        return high
    }

    /// A place where a concave function is near its maximum, which is greater by less than 1.
    /// - Parameters:
    ///   - range: Where to begin; the maximum may lie outside of it.
    ///   - step: By how much the range is widened at first, above 0.
    static func maximum(near range: ClosedRange<Double>, step: Double, of logarithm: (Double) -> Double) -> Double {
        func place(_ x: Double) -> (x: Double, value: Double) { (x, logarithm(x)) }
        var low = place(widened(range.lowerBound, by: -step, logarithm))
        var high = place(widened(range.upperBound, by: step, logarithm))
        // Section by the golden ratio, until all four places are about as high.
        let golden = (5.0.squareRoot() - 1) / 2
        var left = place(high.x - golden * (high.x - low.x))
        var right = place(low.x + golden * (high.x - low.x))
        for _ in 0..<maximumSteps {
            if Swift.min(low.value, high.value) > Swift.max(left.value, right.value) - 0.25 { break }
            if left.value > right.value {
                (high, right) = (right, left)
                left = place(high.x - golden * (high.x - low.x))
            } else {
                (low, left) = (left, right)
                right = place(low.x + golden * (high.x - low.x))
            }
        }
        return left.value > right.value ? left.x : right.x
    }

    /// The end of a range, moved outward until the function falls there.
    private static func widened(_ end: Double, by step: Double, _ logarithm: (Double) -> Double) -> Double {
        var (end, stride) = (end + step, step)
        while logarithm(end) > logarithm(end - stride / 2) {
            stride *= 2
            end += stride
        }
        return end
    }

    private static let maximumSteps = 100
}
