/// Lengths of time as settings write them.
enum TimeSpan {
    /// `45s`, `30m`, `12h`, `7d` in milliseconds; nil for anything else.
    static func milliseconds(_ text: String) -> Int64? {
        guard let unit = text.last, let factor = factors[unit], let amount = Int64(text.dropLast()), amount >= 0 else {
            return nil
        }
        let (product, overflow) = amount.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    private static let factors: [Character: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
}
