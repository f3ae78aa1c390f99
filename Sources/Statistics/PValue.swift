/// How tests report probabilities: never a rounded 0.
enum PValue {
    /// The p-value of a natural logarithm, and its decimal logarithm.
    ///
    /// Below the smallest normal double, 2.2e-308, the value stays there and the logarithm tells the rest.
    static func reported(_ value: Double, logarithm: Double) -> (value: Double, log10: Double) {
        (Swift.max(value, .leastNormalMagnitude), Swift.min(0, logarithm / Double.ln10))
    }
}
