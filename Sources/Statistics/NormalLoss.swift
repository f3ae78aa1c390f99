extension Normal {
    /// `E[max(0, Z - z)]` of a standard normal Z: the unit normal loss, `density(z) - z * survival(z)`.
    ///
    /// Relative errors are below 1e-12 wherever the result is a normal double; beyond z = 38 it underflows to 0. The
    /// difference cancels in the tail, so the integral of `u density(z + u)` over `u > 0` takes its place, by the
    /// Gauss-Legendre rule up to where `exp(-z u - u^2 / 2)` is exp(-40).
    static func loss(_ z: Double) -> Double {
        if z < 0 { return loss(-z) - z }
        guard z < .infinity else { return 0 }
        let end = 80 / (z + (z * z + 80).squareRoot())
        let integral = QuadratureRules.integral(from: 0, to: end) { $0 * (-$0 * (z + $0 / 2)).exponential }
        return density(z) * integral
    }
}
