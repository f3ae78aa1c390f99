extension JSONScanner {
    /// Reads a number, correctly rounded to the nearest double. One beyond the largest double is refused.
    public mutating func readDouble() throws(JSONError) -> Double {
        let start = try startNumber("a number")
        let decimal = try scanNumber()
        return try double(of: decimal, at: start)
    }

    /// Reads a number that is exactly an `Int64`, however it is written: `1000` and `1e3`, not `0.5`.
    public mutating func readInteger() throws(JSONError) -> Int64 {
        let start = try startNumber("a whole number")
        let decimal = try scanNumber()
        if let integer = decimal.integer { return integer }
        throw JSONError(offset: start, problem: decimal.isInteger ? .numberOutOfRange : .expected("a whole number"))
    }

    /// Reads a number as `.integer` where it is written without fraction and exponent and fits, otherwise as `.number`.
    mutating func readNumber() throws(JSONError) -> JSON {
        let start = try startNumber("a number")
        let decimal = try scanNumber()
        // -0 has a sign that only a double can keep.
        if decimal.isInteger, !(decimal.isNegative && decimal.mantissa == 0), let integer = decimal.integer {
            return .integer(integer)
        }
        return .number(try double(of: decimal, at: start))
    }

    private mutating func startNumber(_ expected: String) throws(JSONError) -> Int {
        switch try startValue() {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return offset
        default: throw unexpected(expected)
        }
    }

    private func double(of decimal: JSONDecimal, at start: Int) throws(JSONError) -> Double {
        if let double = decimal.double { return double }
        // The standard library rounds correctly whatever the process's locale is.
        guard let double = Double(text(in: start..<offset)), double.isFinite else {
            throw JSONError(offset: start, problem: .numberOutOfRange)
        }
        return double
    }

    /// Validates the number that starts here, and moves behind it.
    @inline(__always)
    mutating func scanNumber() throws(JSONError) -> JSONDecimal {
        var decimal = JSONDecimal()
        decimal.isNegative = consume(UInt8(ascii: "-"))
        if consume(UInt8(ascii: "0")) {
            guard digit() == nil else { throw JSONError(offset: offset - 1, problem: .leadingZero) }
        } else {
            try scanDigits { decimal.append($0) }
        }
        if consume(UInt8(ascii: ".")) {
            decimal.isInteger = false
            let start = offset
            try scanDigits { decimal.append($0) }
            decimal.exponent -= offset - start
        }
        if offset < count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            decimal.isInteger = false
            offset += 1
            try scanExponent(of: &decimal)
        }
        state = .afterValue
        return decimal
    }

    private mutating func scanExponent(of decimal: inout JSONDecimal) throws(JSONError) {
        let isNegative = consume(UInt8(ascii: "-"))
        if !isNegative { _ = consume(UInt8(ascii: "+")) }
        var exponent = 0
        // An exponent so large means zero or out of range, whatever its other digits are.
        try scanDigits { digit in if exponent < 1_000_000_000 { exponent = exponent * 10 + Int(digit) } }
        decimal.exponent += isNegative ? -exponent : exponent
    }

    @inline(__always)
    private mutating func scanDigits(_ take: (UInt8) -> Void) throws(JSONError) {
        guard var next = digit() else { throw unexpected("a digit") }
        while true {
            take(next)
            offset += 1
            guard let following = digit() else { return }
            next = following
        }
    }

    @inline(__always)
    private func digit() -> UInt8? {
        guard offset < count else { return nil }
        let digit = bytes[offset] &- UInt8(ascii: "0")
        return digit < 10 ? digit : nil
    }
}
