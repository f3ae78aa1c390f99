/// A number as `±mantissa · 10^exponent`, exactly; a double is taken for the shortest decimal that reads as it.
struct JSONSchemaDecimal: Sendable {
    let mantissa: UInt64
    let exponent: Int
    /// As it was given.
    let json: JSON

    /// Nil where the value is no number, or a number that JSON cannot write.
    init?(_ json: JSON) {
        self.json = json
        switch json {
        case .integer(let value): (mantissa, exponent) = (value.magnitude, 0)
        case .number(let value) where value.isFinite:
            // At most 17 digits, and zeros.
            let decimal = Self.decimal(of: value.description)
            guard let decimal, decimal.isExact else { return nil }
            (mantissa, exponent) = (decimal.mantissa, decimal.exponent)
        default: return nil
        }
    }

    private static func decimal(of text: String) -> JSONDecimal? {
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            return try? scanner.scanNumber()
        }
    }

    /// Whether the quotient of this and the divisor, which is not 0, is a whole number. Nothing is rounded.
    func isMultiple(of divisor: JSONSchemaDecimal) -> Bool {
        if mantissa == 0 { return true }
        if exponent >= divisor.exponent {
            // mantissa · 10^shift modulo the divisor's mantissa.
            var power = Self.power(exponent - divisor.exponent, modulo: divisor.mantissa)
            power = Self.product(mantissa % divisor.mantissa, power, modulo: divisor.mantissa)
            return power == 0
        }
        // The mantissa must bring the powers of ten itself.
        var (rest, shift) = (mantissa, divisor.exponent - exponent)
        while shift > 0 {
            guard rest % 10 == 0 else { return false }
            rest /= 10
            shift -= 1
        }
        return rest % divisor.mantissa == 0
    }

    /// 10^exponent by repeated squaring.
    private static func power(_ exponent: Int, modulo modulus: UInt64) -> UInt64 {
        var (result, base, exponent) = (1 % modulus, 10 % modulus, exponent)
        while exponent > 0 {
            if exponent & 1 == 1 { result = product(result, base, modulo: modulus) }
            base = product(base, base, modulo: modulus)
            exponent >>= 1
        }
        return result
    }

    private static func product(_ left: UInt64, _ right: UInt64, modulo modulus: UInt64) -> UInt64 {
        // Both are below the modulus, so the quotient fits.
        modulus.dividingFullWidth(left.multipliedFullWidth(by: right)).remainder
    }
}
