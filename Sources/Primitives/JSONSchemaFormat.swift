/// The formats that can be asserted (Validation section 7.3).
enum JSONSchemaFormat: String, Sendable, CaseIterable {
    /// RFC 3339 section 5.6: `2026-01-28T10:00:00Z`.
    case dateTime = "date-time"
    /// RFC 3339 section 5.6: `2026-01-28`.
    case date
    /// RFC 3339 section 5.6: `10:00:00.5+01:00`.
    case time
    /// RFC 4122 section 3: 32 hexadecimal digits in five groups.
    case uuid
    /// RFC 2673 section 3.2: four numbers from 0 to 255, without leading zeros.
    case ipv4

    func accepts(_ text: String) -> Bool {
        var reader = Reader(bytes: Array(text.utf8)[...])
        return switch self {
        case .dateTime: reader.date() && reader.skip("T") && reader.time() && reader.isAtEnd
        case .date: reader.date() && reader.isAtEnd
        case .time: reader.time() && reader.isAtEnd
        case .uuid: reader.uuid() && reader.isAtEnd
        case .ipv4: reader.ipv4() && reader.isAtEnd
        }
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        var isAtEnd: Bool { bytes.isEmpty }

        /// Letters are taken in either case.
        mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
            guard let byte = bytes.first else { return false }
            let isLetter = scalar.properties.isAlphabetic
            guard isLetter ? byte | 0x20 == UInt8(ascii: scalar) | 0x20 : byte == UInt8(ascii: scalar) else {
                return false
            }
            bytes.removeFirst()
            return true
        }

        mutating func number(_ digits: Int, _ accepted: ClosedRange<Int>) -> Int? {
            let prefix = bytes.prefix(digits)
            guard prefix.count == digits, prefix.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            let value = prefix.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            guard accepted.contains(value) else { return nil }
            bytes.removeFirst(digits)
            return value
        }

        mutating func date() -> Bool {
            guard let year = number(4, 0...9999), skip("-"), let month = number(2, 1...12), skip("-") else {
                return false
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            return number(2, 1...days) != nil
        }

        /// A leap second is one only at the end of a day in UTC.
        mutating func time() -> Bool {
            guard let hour = number(2, 0...23), skip(":"), let minute = number(2, 0...59), skip(":"),
                let second = number(2, 0...60)
            else { return false }
            if skip(".") {
                guard number(1, 0...9) != nil else { return false }
                while number(1, 0...9) != nil {}
            }
            var offset = 0
            if !skip("Z") {
                let isWest = skip("-")
                guard isWest || skip("+"), let hours = number(2, 0...23), skip(":"), let minutes = number(2, 0...59)
                else { return false }
                offset = (hours * 60 + minutes) * (isWest ? -1 : 1)
            }
            let inUTC = (hour * 60 + minute - offset + 2 * 1440) % 1440
            return second < 60 || inUTC == 1439
        }

        mutating func uuid() -> Bool {
            for (index, count) in [8, 4, 4, 4, 12].enumerated() {
                guard index == 0 || skip("-") else { return false }
                let digits = bytes.prefix(count)
                guard digits.count == count, digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit })
                else { return false }
                bytes.removeFirst(count)
            }
            return true
        }

        mutating func ipv4() -> Bool {
            for index in 0..<4 {
                guard index == 0 || skip(".") else { return false }
                let digits = bytes.prefix { (0x30...0x39).contains($0) }
                guard (1...3).contains(digits.count), digits.count == 1 || digits.first != 0x30,
                    number(digits.count, 0...255) != nil
                else { return false }
            }
            return true
        }
    }
}
