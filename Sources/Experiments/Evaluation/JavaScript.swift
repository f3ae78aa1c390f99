import HooklinePrimitives

/// What JavaScript makes of JSON values (ECMA-262, the sections in brackets). Targeting conditions are defined by what it does
/// with values of different types, and every SDK agrees with it; outside of this file nothing is coerced.
extension JSON {
    /// `!!value` [7.1.2].
    var isTruthy: Bool {
        switch self {
        case .null, .raw: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .number(let value): value != 0 && !value.isNaN
        case .string(let value): !value.isEmpty
        case .array, .object: true
        }
    }

    /// `String(value)` [7.1.17].
    var scriptText: String {
        switch self {
        case .null, .raw: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): ScriptNumber.text(Double(value))
        case .number(let value): ScriptNumber.text(value)
        case .string(let value): value
        case .array(let elements): elements.map { $0.isNull ? "" : $0.scriptText }.joined(separator: ",")
        case .object: "[object Object]"
        }
    }

    /// `Number(value)` [7.1.4].
    var scriptNumber: Double {
        switch self {
        case .null, .raw: 0
        case .bool(let value): value ? 1 : 0
        case .integer(let value): Double(value)
        case .number(let value): value
        case .string(let value): ScriptNumber.parse(value)
        case .array: ScriptNumber.parse(scriptText)
        case .object: .nan
        }
    }

    /// `typeof`, as conditions name it, which tell apart `null` and `array`.
    var scriptType: String {
        switch self {
        case .null, .raw: "null"
        case .bool: "boolean"
        case .integer, .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// `left === right` [7.2.14]. Two arrays or objects are two, whatever is in them.
    func isStrictlyEqual(to other: JSON) -> Bool {
        switch (self, other) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.integer, .integer), (.integer, .number), (.number, .integer), (.number, .number):
            scriptNumber == other.scriptNumber
        default: false
        }
    }

    /// `left < right`, or with `orEqual` `left <= right` [7.2.12]: texts by their UTF-16 code units, everything else as
    /// numbers, of which NaN is neither.
    func isLess(than other: JSON, orEqual: Bool) -> Bool {
        if let left = primitiveText, let right = other.primitiveText {
            return orEqual ? !right.precedes(left) : left.precedes(right)
        }
        let (left, right) = (primitiveNumber, other.primitiveNumber)
        return orEqual ? left <= right : left < right
    }

    /// The text that is compared; nil for what is no text even as a primitive [7.1.1].
    private var primitiveText: String? {
        switch self {
        case .string(let value): value
        case .array, .object: scriptText
        case .null, .bool, .integer, .number, .raw: nil
        }
    }

    private var primitiveNumber: Double {
        if case .object = self { return .nan }
        return scriptNumber
    }

    /// Whether `JSON.stringify` writes both alike [25.5.2]: members in their order count.
    func isWrittenLike(_ other: JSON) -> Bool {
        switch (self, other) {
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isWrittenLike($1) }
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && zip(left, right).allSatisfy { $0.key.hasSameBytes(as: $1.key) && $0.value.isWrittenLike($1.value) }
        default: return isStrictlyEqual(to: other)
        }
    }
}

extension String {
    /// By UTF-16 code units, as JavaScript sorts.
    func precedes(_ other: String) -> Bool { utf16.lexicographicallyPrecedes(other.utf16) }
}

/// Numbers as JavaScript writes and reads them.
enum ScriptNumber {
    /// `Number::toString` [6.1.6.1.20]: the shortest digits that read back, with an exponent only beyond 10^21 and below 10^-6.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
        guard value != 0 else { return "0" }
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return "\(whole)" }
        let (digits, exponent) = shortest(value.magnitude)
        return (value < 0 ? "-" : "") + text(digits, exponent)
    }

    /// - Parameters:
    ///   - digits: Without zeros at either end.
    ///   - point: Where the point stands: the value is `0.digits * 10^point`.
    private static func text(_ digits: String, _ point: Int) -> String {
        let count = digits.count
        switch point {
        case count...21 where count <= 21: return digits + String(repeating: "0", count: point - count)
        case 1...21: return digits.prefix(point) + "." + digits.dropFirst(point)
        case -5...0: return "0." + String(repeating: "0", count: -point) + digits
        default:
            let exponent = point - 1
            let rest = digits.dropFirst()
            let fraction = rest.isEmpty ? "" : "." + rest
            return digits.prefix(1) + fraction + "e" + (exponent < 0 ? "-" : "+") + "\(exponent.magnitude)"
        }
    }

    /// The shortest digits that read back as the value, and where the point stands. Swift writes the same digits.
    private static func shortest(_ value: Double) -> (digits: String, point: Int) {
        let parts = "\(value)".split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let whole = mantissa[0]
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        let all = whole + fraction
        let leading = all.prefix { $0 == "0" }.count
        var digits = all.dropFirst(leading)
        while digits.last == "0" { digits.removeLast() }
        return (String(digits), whole.count + exponent - leading)
    }

    /// `StringToNumber` [7.1.4.1.1]: NaN for what is no number, 0 for nothing but white space.
    static func parse(_ text: String) -> Double {
        let trimmed = text.unicodeScalars.drop { $0.isScriptSpace }
        var scalars = Substring.UnicodeScalarView(trimmed)
        while let last = scalars.last, last.isScriptSpace { scalars.removeLast() }
        let number = String(scalars)
        if number.isEmpty { return 0 }
        for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)]
        where number.hasPrefix(prefix) {
            let digits = number.dropFirst(2)
            guard digits.first != "+", digits.first != "-" else { return .nan }
            return UInt64(digits, radix: radix).map { Double($0) } ?? .nan
        }
        switch number {
        case "Infinity", "+Infinity": return .infinity
        case "-Infinity": return -.infinity
        default: break
        }
        // What Swift reads beside decimal numbers is none in JavaScript: hexadecimal ones, "inf" and "nan".
        guard number.utf8.allSatisfy(isDecimal), number.utf8.contains(where: isDigit) else { return .nan }
        return Double(number) ?? Double(number.hasSuffix(".") ? number + "0" : "0" + number) ?? .nan
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isDecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(byte)
    }

    /// `parseInt(text)` [19.2.5]: the whole number at the beginning; nil for NaN.
    static func wholePrefix(_ text: Substring) -> Int? {
        var scalars = text.unicodeScalars.drop { $0.isScriptSpace }
        let isNegative = scalars.first == "-"
        if isNegative || scalars.first == "+" { scalars.removeFirst() }
        let isHexadecimal =
            scalars.count > 1 && scalars.first == "0"
            && "xX".unicodeScalars.contains(scalars[scalars.index(after: scalars.startIndex)])
        if isHexadecimal { scalars = scalars.dropFirst(2) }
        let digits = scalars.prefix { scalar in
            isHexadecimal ? scalar.properties.isASCIIHexDigit : ("0"..."9").contains(scalar)
        }
        guard !digits.isEmpty else { return nil }
        // More digits than an `Int` has are more than any count of variations.
        let magnitude = Int(String(digits), radix: isHexadecimal ? 16 : 10) ?? .max
        return isNegative ? -magnitude : magnitude
    }
}

extension Unicode.Scalar {
    /// `WhiteSpace` and `LineTerminator` [12.2, 12.3].
    fileprivate var isScriptSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x20, 0xA0, 0xFEFF, 0x2028, 0x2029: true
        default: properties.generalCategory == .spaceSeparator
        }
    }
}
