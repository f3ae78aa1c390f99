public import HooklinePrimitives

/// The header `Retry-After` (RFC 9110, section 10.2.3): how long a receiver asks to be left alone.
public enum RetryAfter {
    /// A receiver that asks for more gets this much: one answer must not silence a subscription for days.
    public static let maximumHonouredMilliseconds: Int64 = 3_600_000

    /// Milliseconds from `now`, by the wall's clock, as the header's value asks; at least 0. Nil where it is neither
    /// a number of seconds nor a date.
    ///
    /// A number that does not fit is the largest that does; callers cap it anyway.
    public static func parse(_ header: String, now: Timestamp) -> Int64? {
        let bytes = trimmed(Array(header.utf8))
        guard !bytes.isEmpty else { return nil }
        if bytes.allSatisfy({ (0x30...0x39).contains($0) }) {
            // Digits that do not fit are many seconds.
            let seconds = Int64(String(decoding: bytes, as: UTF8.self)) ?? Int64.max
            let (milliseconds, overflows) = seconds.multipliedReportingOverflow(by: 1000)
            return overflows ? Int64.max : milliseconds
        }
        guard let date = HTTPDate.parse(bytes, now: now) else { return nil }
        return max(0, date.milliseconds - now.milliseconds)
    }

    /// Without the spaces and tabs around it (OWS, section 5.6.3).
    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        guard let first = bytes.firstIndex(where: { !isSpace($0) }),
            let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return [] }
        return Array(bytes[first...last])
    }
}
