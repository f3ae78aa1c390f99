import HooklinePrimitives

/// The three forms of a date that a recipient must accept (RFC 9110, section 5.6.7).
///
///     Sun, 06 Nov 1994 08:49:37 GMT     IMF-fixdate
///     Sunday, 06-Nov-94 08:49:37 GMT    obsolete, of RFC 850
///     Sun Nov  6 08:49:37 1994          obsolete, of C's asctime
///
/// Case matters, as the section says. The name of the day must be one, but need not be that of the date.
enum HTTPDate {
    /// Nil where the bytes are no such date. A year of two digits that would be more than 50 years after `now` is of
    /// the century before. A leap second is read as the first second of the next minute.
    static func parse(_ bytes: [UInt8], now: Timestamp) -> Timestamp? {
        var reader = Reader(bytes: bytes)
        if reader.takeOne(of: Self.longDays, followedBy: ", ") != nil { return rfc850(&reader, now: now) }
        if reader.takeOne(of: Self.shortDays, followedBy: ", ") != nil { return fixdate(&reader) }
        if reader.takeOne(of: Self.shortDays, followedBy: " ") != nil { return asctime(&reader) }
        return nil
    }

    private static func fixdate(_ reader: inout Reader) -> Timestamp? {
        guard let day = reader.number(digits: 2), reader.take(" "),
            let month = reader.takeOne(of: months, followedBy: " "),
            let year = reader.number(digits: 4), reader.take(" "),
            let time = reader.secondOfDay(), reader.take(" GMT"), reader.isAtEnd
        else { return nil }
        return timestamp(year: year, month: month + 1, day: day, secondOfDay: time)
    }

    private static func rfc850(_ reader: inout Reader, now: Timestamp) -> Timestamp? {
        guard let day = reader.number(digits: 2), reader.take("-"),
            let month = reader.takeOne(of: months, followedBy: "-"),
            let shortYear = reader.number(digits: 2), reader.take(" "),
            let time = reader.secondOfDay(), reader.take(" GMT"), reader.isAtEnd,
            let thisYear = Int64(now.description.prefix(4))
        else { return nil }
        var year = thisYear - thisYear % 100 + shortYear
        // The nearest year with these digits that is at most 50 years ahead.
        if year > thisYear + 50 { year -= 100 } else if year <= thisYear - 50 { year += 100 }
        return timestamp(year: year, month: month + 1, day: day, secondOfDay: time)
    }

    private static func asctime(_ reader: inout Reader) -> Timestamp? {
        guard let month = reader.takeOne(of: months, followedBy: " "),
            let day = reader.take(" ") ? reader.number(digits: 1) : reader.number(digits: 2), reader.take(" "),
            let time = reader.secondOfDay(), reader.take(" "),
            let year = reader.number(digits: 4), reader.isAtEnd
        else { return nil }
        return timestamp(year: year, month: month + 1, day: day, secondOfDay: time)
    }

    /// Lets the reader of RFC 3339 check the day and count the days.
    private static func timestamp(year: Int64, month: Int, day: Int64, secondOfDay: Int64) -> Timestamp? {
        func padded(_ number: some BinaryInteger, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let midnight = Timestamp("\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T00:00:00Z")
        return midnight?.advanced(byMilliseconds: secondOfDay * 1000)
    }

    private static let shortDays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let longDays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Reads fixed text and numbers one after another; what does not match is not consumed.
    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ text: String) -> Bool {
            guard bytes[position...].starts(with: text.utf8) else { return false }
            position += text.utf8.count
            return true
        }

        /// The index of the text that stands here with `suffix` after it.
        mutating func takeOne(of texts: [String], followedBy suffix: String) -> Int? {
            texts.firstIndex { take($0 + suffix) }
        }

        mutating func number(digits: Int) -> Int64? {
            guard position + digits <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[position..<(position + digits)] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            position += digits
            return value
        }

        /// `08:49:37`
        mutating func secondOfDay() -> Int64? {
            guard let hour = number(digits: 2), hour <= 23, take(":"),
                let minute = number(digits: 2), minute <= 59, take(":"),
                let second = number(digits: 2), second <= 60
            else { return nil }
            return hour * 3600 + minute * 60 + second
        }
    }
}
