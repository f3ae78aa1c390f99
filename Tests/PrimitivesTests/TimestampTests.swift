import HooklinePrimitives
import HooklineStatistics
import Testing

/// Moments against golden values of Python's `datetime`.
struct TimestampTests {
    static let read: [(String, Int64)] = [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.001Z", 1),
        ("2000-02-29T23:59:59.999Z", 951_868_799_999),
        ("2026-01-28T10:00:00Z", 1_769_594_400_000),
        ("2026-01-28T10:00:00+05:30", 1_769_574_600_000),
        ("2026-01-28T10:00:00-08:00", 1_769_623_200_000),
        ("2026-01-28T10:00:00.5+00:00", 1_769_594_400_500),
        ("2026-01-28T10:00:00.05-00:00", 1_769_594_400_050),
        ("2024-02-29T12:34:56.789-00:30", 1_709_211_896_789),
        ("2024-12-31T23:59:59+23:59", 1_735_603_259_000),
        ("2100-02-28T00:00:00Z", 4_107_456_000_000),
        ("2100-03-01T00:00:00Z", 4_107_542_400_000),
        ("2400-02-29T00:00:00Z", 13_574_563_200_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("2038-01-19T03:14:08Z", 2_147_483_648_000),
        ("1999-12-31T23:59:59-23:59", 946_771_139_000),
        ("1970-01-01T05:30:00+05:30", 0),
    ]

    static let written: [(String, Int64)] = [
        ("7256-02-06T23:47:39.645Z", 166_813_256_859_645),
        ("3133-05-04T17:28:45.642Z", 36_711_422_925_642),
        ("6198-05-13T23:13:21.661Z", 133_434_342_801_661),
        ("7150-12-13T05:28:57.766Z", 163_494_912_537_766),
        ("7371-08-18T10:31:27.961Z", 170_458_943_487_961),
        ("6155-05-23T03:10:21.609Z", 132_078_136_221_609),
        ("6882-10-10T18:50:33.412Z", 155_032_253_433_412),
        ("3680-04-15T21:31:25.363Z", 53_971_565_485_363),
        ("1970-01-01T00:00:00.000Z", 0),
        ("1970-01-01T00:00:00.999Z", 999),
        ("1970-01-01T23:59:59.999Z", 86_399_999),
        ("2000-02-29T00:00:00.000Z", 951_782_400_000),
        ("2000-03-01T00:00:00.000Z", 951_868_800_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ]

    @Test(arguments: read + written)
    func reads(text: String, milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: written)
    func writes(text: String, milliseconds: Int64) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    /// What RFC 3339 allows and `datetime` does not read, or reads otherwise.
    @Test(arguments: [
        ("2026-01-28t10:00:00z", 1_769_594_400_000), ("2026-01-28 10:00:00Z", 1_769_594_400_000),
        ("2026-01-28T10:00:00.1234567890123Z", 1_769_594_400_123), ("2026-01-28T10:00:00.9999Z", 1_769_594_400_999),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("2016-12-31T23:59:60.5Z", 1_483_228_800_500),
        ("2026-01-28T10:00:00-00:00", 1_769_594_400_000),
    ])
    func readsTheRestOfTheGrammar(text: String, milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-01-28", "2026-01-28T10:00Z", "2026-01-28T10:00:00", "2026-1-28T10:00:00Z",
        "26-01-28T10:00:00Z",
        "2026-00-28T10:00:00Z", "2026-13-28T10:00:00Z", "2026-01-00T10:00:00Z", "2026-01-32T10:00:00Z",
        "2026-04-31T10:00:00Z", "2025-02-29T10:00:00Z", "2100-02-29T10:00:00Z", "2024-02-30T10:00:00Z",
        "2026-01-28T24:00:00Z", "2026-01-28T10:60:00Z", "2026-01-28T10:00:61Z", "2026-01-28T10:00:00.Z",
        "2026-01-28T10:00:00,5Z", "2026-01-28T10:00:00+24:00", "2026-01-28T10:00:00+05:60", "2026-01-28T10:00:00+0530",
        "2026-01-28T10:00:00+05", "2026-01-28T10:00:00 Z", " 2026-01-28T10:00:00Z", "2026-01-28T10:00:00Z ",
        "2026-01-28T10:00:00ZZ", "+2026-01-28T10:00:00Z", "2026-01-28X10:00:00Z", "2026/01/28T10:00:00Z",
        "２026-01-28T10:00:00Z", "2026-01-28T10:00:00\u{2212}05:00", "1769594400000",
        // Outside of the range that is accepted.
        "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59.999-00:01",
        "9999-12-31T23:59:60Z",
    ])
    func refuses(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func survivesTheRoundTrip() {
        var random = SplitMix64(seed: 17)
        for _ in 0..<20_000 {
            let milliseconds = Int64.random(
                in: Timestamp.accepted.lowerBound.milliseconds...Timestamp.accepted.upperBound.milliseconds,
                using: &random
            )
            let moment = Timestamp(milliseconds: milliseconds)
            #expect(Timestamp(moment.description) == moment)
        }
    }

    @Test func isOrderedAndAdvances() {
        let moment = Timestamp(milliseconds: 1000)
        #expect(moment.advanced(byMilliseconds: -1) < moment)
        #expect(moment.advanced(byMilliseconds: 0) == moment)
        #expect(Timestamp.accepted.contains(.now()))
        #expect(WallClock { moment }.now() == moment)
    }
}
