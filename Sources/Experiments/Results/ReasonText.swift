/// Numbers in sentences.
enum ReasonText {
    static func percent(_ percent: Double) -> String { "\((percent * 10).rounded() / 10) %" }

    static func change(_ percent: Double) -> String { (percent > 0 ? "+" : "") + self.percent(percent) }

    static func p(_ p: Double?) -> String {
        guard let p else { return "unknown" }
        return p < 0.0001 ? "below 0.0001" : "\((p * 10_000).rounded() / 10_000)"
    }

    /// Three digits that count.
    static func number(_ number: Double) -> String {
        guard number != 0, number.isFinite else { return "\(number)" }
        let exponent = number.magnitude.exponent
        // 10^digits is about 2^(3.32 digits).
        let digits = max(0, 2 - Int((Double(exponent) * 0.30103).rounded(.down)))
        guard digits <= 12 else { return "\(number)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        return "\((number * scale).rounded() / scale)"
    }
}
