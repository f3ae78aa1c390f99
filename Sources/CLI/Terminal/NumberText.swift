#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Numbers, as people read them in a table.
enum NumberText {
    /// `12,345`
    static func whole(_ number: some BinaryInteger) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return number < 0 ? "-\(text)" : text
    }

    /// With so many digits after the point, rounded to even at the half; `-` for nil.
    static func fixed(_ number: Double?, digits: Int) -> String {
        guard let number, number.isFinite else { return "-" }
        let scale = pow(10, Double(digits))
        let scaled = (number.magnitude * scale).rounded()
        guard scaled < 1e15 else { return "\(number)" }
        let all = String(Int64(scaled))
        let padded = String(repeating: "0", count: max(0, digits + 1 - all.count)) + all
        let sign = number < 0 && scaled > 0 ? "-" : ""
        return digits == 0 ? sign + padded : "\(sign)\(padded.dropLast(digits)).\(padded.suffix(digits))"
    }

    /// With so many significant digits, at most; `-` for nil.
    static func significant(_ number: Double?, digits: Int = 4) -> String {
        guard let number, number.isFinite else { return "-" }
        guard number != 0 else { return "0" }
        let exponent = Int(log10(number.magnitude).rounded(.down))
        guard (-4..<9).contains(exponent) else { return scientific(log10: log10(number.magnitude), number < 0) }
        return fixed(number, digits: max(0, digits - 1 - exponent))
    }

    /// At most two digits after the point, none that say nothing: `50`, `33.33`.
    static func short(_ number: Double) -> String {
        var text = fixed(number, digits: 2)
        while text.contains("."), let last = text.last, last == "0" || last == "." { text.removeLast() }
        return text
    }

    /// A change in percent: `+31.0 %`; `-` for nil.
    static func change(percent: Double?) -> String {
        guard let percent else { return "-" }
        return "\(percent >= 0 ? "+" : "")\(fixed(percent, digits: 1)) %"
    }

    /// `0.0312`, `1.2e-7`; `-` for nil.
    ///
    /// - Parameter log10: tells what is too small for a double.
    static func pValue(_ p: Double?, log10 logarithm: Double? = nil) -> String {
        guard let p else { return "-" }
        if p >= 0.0001 { return fixed(p, digits: 4) }
        let logarithm = logarithm ?? (p > 0 ? log10(p) : nil)
        return logarithm.map { scientific(log10: $0, false) } ?? "0"
    }

    /// `2.3 s`, `45 ms`, `1 min 5 s`, `3 h 12 min`, `4.5 days`, `2.0 years` (of 365.25 days)
    static func duration(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        if milliseconds < 1000 { return "\(fixed(milliseconds, digits: 0)) ms" }
        if milliseconds < 60_000 { return "\(fixed(milliseconds / 1000, digits: 1)) s" }
        let seconds = Int(milliseconds / 1000)
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        if seconds < 86_400 { return "\(seconds / 3600) h \(seconds / 60 % 60) min" }
        let days = Double(seconds) / 86_400
        return days < 365 ? "\(fixed(days, digits: 1)) days" : "\(fixed(days / 365.25, digits: 1)) years"
    }

    /// `1 test`, `2 tests`
    static func count(_ number: Int, _ noun: String, plural: String? = nil) -> String {
        "\(whole(number)) \(number == 1 ? noun : plural ?? "\(noun)s")"
    }

    private static func scientific(log10 logarithm: Double, _ isNegative: Bool) -> String {
        var exponent = Int(logarithm.rounded(.down))
        var mantissa = fixed(pow(10, logarithm - Double(exponent)), digits: 1)
        if mantissa == "10.0" { (mantissa, exponent) = ("1.0", exponent + 1) }
        return "\(isNegative ? "-" : "")\(mantissa)e\(exponent)"
    }
}
