import ArgumentParser

/// A length of time with its unit: `200ms`, `3s`, `5m`, `2h`, `7d`.
struct TimeSpanArgument: ExpressibleByArgument, Sendable, Equatable {
    let milliseconds: Int64

    static let zero = TimeSpanArgument(milliseconds: 0)
    static let accepted = "a number and its unit, such as 200ms, 3s, 5m, 2h or 7d, up to 10 years"
    private static let maximumMilliseconds: Int64 = 3650 * 86_400_000
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let unit = argument.dropFirst(digits.count)
        guard let count = Int64(digits), let factor = Self.units.first(where: { $0.name == unit })?.milliseconds else {
            return nil
        }
        let (product, overflows) = count.multipliedReportingOverflow(by: factor)
        guard !overflows, product <= Self.maximumMilliseconds else { return nil }
        milliseconds = product
    }
}

extension TimeSpanArgument: CustomStringConvertible {
    /// As one would type it, in the largest unit that leaves no rest: `5m`. Help texts show defaults so.
    var description: String {
        let unit = Self.units.last { milliseconds != 0 && milliseconds.isMultiple(of: $0.milliseconds) } ?? ("s", 1000)
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
}

/// How far the time of a signature may be away: a length of time, or `none` for any.
struct ToleranceArgument: ExpressibleByArgument, Sendable, Equatable {
    /// Nil where the time is not looked at.
    let span: TimeSpanArgument?

    init(_ span: TimeSpanArgument?) { self.span = span }

    init?(argument: String) {
        if argument == "none" {
            span = nil
        } else if let span = TimeSpanArgument(argument: argument) {
            self.span = span
        } else {
            return nil
        }
    }
}

extension ToleranceArgument: CustomStringConvertible {
    /// As one would type it.
    var description: String { span?.description ?? "none" }
}
