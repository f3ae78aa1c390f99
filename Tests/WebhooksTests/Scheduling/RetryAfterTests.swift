import HooklinePrimitives
import Testing

@testable import HooklineWebhooks

/// Reading `Retry-After`.
struct RetryAfterTests {
    /// 2026-01-28T10:00:00Z
    private let now = Timestamp(milliseconds: 1_769_594_400_000)

    @Test(
        arguments: [
            ("0", 0), ("120", 120_000), (" \t7 ", 7000), ("007", 7000), ("9223372036854775", 9_223_372_036_854_775_000),
            ("9223372036854776", Int64.max), ("99999999999999999999999", Int64.max),
        ] as [(String, Int64)]
    )
    func readsSeconds(header: String, expected: Int64) {
        #expect(RetryAfter.parse(header, now: now) == expected)
    }

    @Test(arguments: ["", " ", "-1", "+1", "1.5", "1 2", "soon", "1s", "0x10", "٣"])
    func refusesWhatIsNeither(header: String) {
        #expect(RetryAfter.parse(header, now: now) == nil)
    }

    /// Seconds since 1970 as Python 3.11.7 reads them: `http.cookiejar.http2time`, and for the third form
    /// `calendar.timegm(time.strptime(text))`. Years of two digits are by the rule of the RFC.
    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777),
            ("Wed, 28 Jan 2026 10:01:30 GMT", 1_769_594_490),
            ("Wednesday, 28-Jan-26 10:01:30 GMT", 1_769_594_490),
            ("Wed Jan 28 10:01:30 2026", 1_769_594_490),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Sat, 31 Dec 2050 00:00:00 GMT", 2_556_057_600),
            ("Friday, 01-Jan-99 00:00:00 GMT", 915_148_800),
            ("Mon Feb 23 00:00:05 2026", 1_771_804_805),
            // 50 years ahead is in the future, 51 years ahead is in the past.
            ("Friday, 28-Jan-76 10:00:00 GMT", 3_347_431_200),
            ("Friday, 28-Jan-77 10:00:00 GMT", 223_293_600),
        ] as [(String, Int64)]
    )
    func readsDates(header: String, seconds: Int64) throws {
        #expect(HTTPDate.parse(Array(header.utf8), now: now)?.milliseconds == seconds * 1000)
        #expect(RetryAfter.parse(header, now: now) == max(0, seconds * 1000 - now.milliseconds))
    }

    @Test(arguments: [
        "Wed, 28 Jan 2026 10:01:30", "Wed, 28 Jan 2026 10:01:30 UTC", "wed, 28 Jan 2026 10:01:30 GMT",
        "Wed, 30 Feb 2026 10:01:30 GMT", "Wed, 28 Jan 2026 24:00:00 GMT", "Wed, 28 Jan 2026 10:60:00 GMT",
        "Wed, 8 Jan 2026 10:00:00 GMT", "Wed, 28 Jan 26 10:00:00 GMT", "Wednesday, 28-Jan-2026 10:00:00 GMT",
        "Wed Jan 8 10:01:30 2026", "Wed Jan 28 10:01:30 2026 GMT", "Wed, 28 Jan 2026 10:01:30 GMT!", "Wed, ",
        "2026-01-28T10:00:00Z",
    ])
    func refusesOtherDates(header: String) {
        #expect(RetryAfter.parse(header, now: now) == nil)
    }

    @Test func neverFails() {
        var random = SimulationRandom(seed: 4)
        let texts = ["Wed, 28 Jan 2026 10:01:30 GMT", "Wednesday, 28-Jan-26 10:01:30 GMT", "Wed Jan  8 10:01:30 2026"]
        for _ in 0..<3000 {
            var bytes = Array((texts.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
            }
            bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            if let milliseconds = RetryAfter.parse(String(decoding: bytes, as: UTF8.self), now: now) {
                #expect(milliseconds >= 0)
            }
        }
    }
}
