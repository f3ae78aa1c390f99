#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

// The functions of the C library that the room uses, as properties: this is the one file that imports it.
extension Double {
    /// e to this power.
    var exponential: Double { exp(self) }

    /// e to this power, minus 1, without loss near 0.
    var exponentialMinusOne: Double { expm1(self) }

    /// The natural logarithm.
    var naturalLogarithm: Double { log(self) }

    /// The natural logarithm of 1 plus this, without loss near 0.
    var naturalLogarithmOfOnePlus: Double { log1p(self) }

    /// The complementary error function.
    var complementaryErrorFunction: Double { erfc(self) }

    static let ln2 = 0.6931471805599453
    static let ln10 = 2.302585092994046
}
