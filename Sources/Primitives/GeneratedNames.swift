/// Names what came without an id: a prefix, the millisecond and 80 random bits in hexadecimal digits. Names of one moment
/// share their beginning, so that an index of them grows at its end.
public struct GeneratedNames: Sendable {
    private let beginning: String
    private var generator = SystemRandomNumberGenerator()

    /// - Parameters:
    ///   - prefix: tells what is named: `e_`.
    ///   - moment: stands in the names, in 12 digits.
    public init(prefix: String, at moment: Timestamp) {
        beginning = prefix + Self.hexadecimal(UInt64(max(moment.milliseconds, 0)), digits: 12)
    }

    public mutating func next() -> Identifier {
        let high = Self.hexadecimal(generator.next() & 0xFFFF, digits: 4)
        return Identifier(unchecked: beginning + high + Self.hexadecimal(generator.next(), digits: 16))
    }

    private static func hexadecimal(_ number: UInt64, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
