/// A root of a function between two arguments at which it has different signs.
///
/// T. R. Chandrupatla, "A New Hybrid Quadratic/Bisection Algorithm for Finding the Zero of a Nonlinear Function without
/// Using Derivatives", Advances in Engineering Software 28 (1997): inverse quadratic interpolation where that is safe,
/// and bisection elsewhere. It needs about ten values for a smooth function. Infinite values are allowed: they lead to
/// bisection.
enum Chandrupatla {
    /// - Parameters:
    ///   - low: An argument.
    ///   - high: Another argument. Where the function has the same sign at both, the one with the smaller magnitude of
    ///     its value is returned.
    ///   - tolerance: The greatest distance from the root, relative to the arguments or, below 1, absolute.
    ///   - function: Continuous but for infinite values; never NaN.
    static func root(from low: Double, to high: Double, tolerance: Double, of function: (Double) -> Double) -> Double {
        var (a, b, c) = (high, low, high)
        var (atA, atB, atC) = (function(a), function(b), 0.0)
        atC = atA
        if (atA < 0) == (atB < 0) { return atA.magnitude < atB.magnitude ? a : b }
        var share = 0.5
        // Bisection alone would halve the range 200 times.
        for _ in 0..<200 {
            let x = a + share * (b - a)
            let value = function(x)
            if (value < 0) == (atA < 0) {
                (c, atC) = (a, atA)
            } else {
                (c, b, atC, atB) = (b, a, atB, atA)
            }
            (a, atA) = (x, value)
            let best = atA.magnitude < atB.magnitude ? a : b
            let least = 0.5 * tolerance * Swift.max(1, best.magnitude) / (b - a).magnitude
            if least > 0.5 || atA == 0 { return best }
            let position = (a - b) / (c - b)
            let level = (atA - atB) / (atC - atB)
            let isSafe = level * level < position && (1 - level) * (1 - level) < 1 - position
            share =
                isSafe
                ? atA / (atB - atA) * atC / (atB - atC) + (c - a) / (b - a) * atA / (atC - atA) * atB / (atC - atB)
                : 0.5
            share = Swift.min(1 - least, Swift.max(least, share))
        }
        return a
    }
}
