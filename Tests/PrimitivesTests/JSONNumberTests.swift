import HooklinePrimitives
import HooklineStatistics
import Testing

/// Numbers: correctly rounded doubles, exact integers.
struct JSONNumberTests {
    private func double(_ text: String) throws -> Double {
        try Array(text.utf8).withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(buffer)
            let number = try scanner.readDouble()
            try scanner.finish()
            return number
        }
    }

    private func integer(_ text: String) throws -> Int64 {
        try Array(text.utf8).withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(buffer)
            let number = try scanner.readInteger()
            try scanner.finish()
            return number
        }
    }

    /// The bits that Python's `float` gives, whose rounding is correct by definition (David Gay's algorithm).
    static let doubles: [(String, UInt64)] = [
        ("0.1", 0x3FB999999999999A),
        ("0.3", 0x3FD3333333333333),
        ("1e23", 0x44B52D02C7E14AF6),
        ("8.5e22", 0x44B1FFDBF6B2B2EB),
        ("9007199254740993", 0x4340000000000000),
        ("9007199254740992.5", 0x4340000000000000),
        ("9007199254740991", 0x433FFFFFFFFFFFFF),
        ("1.7976931348623157e308", 0x7FEFFFFFFFFFFFFF),
        ("1.7976931348623158e308", 0x7FEFFFFFFFFFFFFF),
        ("4.9e-324", 0x0000000000000001),
        ("2.4703282292062327e-324", 0x0000000000000000),
        ("2.4703282292062328e-324", 0x0000000000000001),
        ("2.2250738585072011e-308", 0x000FFFFFFFFFFFFF),
        ("2.2250738585072014e-308", 0x0010000000000000),
        ("1e-400", 0x0000000000000000),
        ("-1e-400", 0x8000000000000000),
        ("0e999999999", 0x0000000000000000),
        ("-0", 0x8000000000000000),
        ("-0.0e5", 0x8000000000000000),
        ("123456789012345678901234567890", 0x45F8EE90FF6C373E),
        ("9223372036854775807", 0x43E0000000000000),
        ("18446744073709551615", 0x43F0000000000000),
        ("18446744073709551616", 0x43F0000000000000),
        ("100000000000000016777215", 0x44B52D02C7E14AF7),
        ("100000000000000016777216", 0x44B52D02C7E14AF8),
        ("6.02214076e23", 0x44DFE185CA57C517),
        ("0.000001", 0x3EB0C6F7A0B5ED8D),
        ("1e22", 0x4480F0CF064DD592),
        ("1e-22", 0x3B5E392010175EE6),
        ("123456789e-22", 0x3D0BCCCCA1F70D61),
        ("5e-323", 0x000000000000000A),
        ("1.00000000000000011102230246251565404", 0x3FF0000000000000),
        ("1.00000000000000011102230246251565405", 0x3FF0000000000001),
        ("0.0000000000000000000000000000001", 0x398039D665896880),
        ("1000000000000000000", 0x43ABC16D674EC800),
        ("10000000000000000001e-5", 0x42D6BCC41E900000),
        ("2.7216092808335446e+276", 0x7953A6F252E6B438),
        ("3.035766360112293e-65", 0x32899387269E0D37),
        ("6.665830898196862e-279", 0x062E3FE8A6A3A450),
        ("2.3558459513947972e+198", 0x691F8412128B2F33),
        ("1.2418970069620836e-250", 0x0C0C7408892F902B),
        ("2.319469273766672e+51", 0x4A98CC2E5D9DC9F8),
        ("7.873531487934826e+252", 0x74712ECA0ED90475),
        ("2.6878898238430084e-176", 0x1B7B3AE681E74EF5),
        ("1.086847153644306e-255", 0x0B0051AD099950D8),
        ("7.572358053192185e-51", 0x3586AA4D6F03675A),
        ("2.6713290337373985e-160", 0x1ECE0B9211E20B8F),
        ("6.266356115726005e+31", 0x4688B7671738F7D9),
    ]

    @Test(arguments: doubles)
    func roundsCorrectly(text: String, bits: UInt64) throws {
        #expect(try double(text).bitPattern == bits)
        #expect(try JSON.parse(text).double?.bitPattern == bits)
    }

    @Test(arguments: ["1e309", "-1e309", "1.7976931348623159e308", "1e999999999999999999999", "12e400"])
    func refusesWhatNoDoubleHolds(text: String) throws {
        let error = JSONError(offset: 1, problem: .numberOutOfRange)
        #expect(throws: error) { try double(" \(text)") }
        #expect(throws: error) { try JSON.parse(" \(text)") }
        #expect(error.description == "at byte 1: number out of range")
        // Skipping looks only at the grammar.
        #expect(try RawJSON(Array(text.utf8)).text == text)
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("0.0", 0), ("0e99999", 0), ("1", 1), ("-1", -1), ("1000", 1000), ("1e3", 1000),
        ("1.0", 1), ("2.50e1", 25), ("1200e-2", 12), ("9223372036854775807", Int64.max),
        ("-9223372036854775808", Int64.min), ("9.223372036854775807e18", Int64.max),
        ("1E18", 1_000_000_000_000_000_000),
    ])
    func readsWholeNumbers(text: String, value: Int64) throws {
        #expect(try integer(text) == value)
    }

    @Test(arguments: [
        ("0.5", JSONProblem.expected("a whole number")), ("1e-1", .expected("a whole number")),
        ("1e19", .expected("a whole number")), ("9223372036854775808", .numberOutOfRange),
        ("-9223372036854775809", .numberOutOfRange), ("99999999999999999999999", .numberOutOfRange),
        ("1e999999999999", .expected("a whole number")), ("1.0000000000000000000000001", .expected("a whole number")),
    ])
    func refusesWhatIsNotWholeOrDoesNotFit(text: String, problem: JSONProblem) throws {
        #expect(throws: JSONError(offset: 0, problem: problem)) { try integer(text) }
    }

    @Test func tellsIntegersFromOtherNumbers() throws {
        func isInteger(_ text: String) throws -> Bool {
            if case .integer = try JSON.parse(text) { true } else { false }
        }
        #expect(try isInteger("12"))
        #expect(try isInteger("-9223372036854775808"))
        #expect(try !isInteger("9223372036854775808"))
        #expect(try !isInteger("12.0"))
        #expect(try !isInteger("1e2"))
        // The sign of zero survives.
        #expect(try !isInteger("-0"))
        #expect(try JSON.parse("-0").text == "-0.0")
    }

    @Test func readsNumbersOfAnyLength() throws {
        let ones = String(repeating: "1", count: 300)
        #expect(try JSON.parse(ones).double == Double(ones))
        let zeros = "0." + String(repeating: "0", count: 100_000) + "1e100001"
        #expect(try JSON.parse(zeros).double == 1)
        let long = "1." + String(repeating: "3", count: 1_000_000)
        #expect(try JSON.parse(long).double == 1.0 + 1.0 / 3.0)
        #expect(throws: JSONError(offset: 0, problem: .numberOutOfRange)) {
            try JSON.parse(String(repeating: "9", count: 1_000_000))
        }
    }

    @Test func writesWhatReadsBackTheSame() throws {
        var random = SplitMix64(seed: 11)
        for _ in 0..<20_000 {
            let number = Double(bitPattern: random.next())
            guard number.isFinite else { continue }
            let text = JSON.number(number).text
            #expect(try double(text).bitPattern == number.bitPattern, "\(text)")
        }
        for number in [Int64.min, -1, 0, 1, 9_007_199_254_740_993, Int64.max] {
            #expect(JSON.integer(number).text == String(number))
            #expect(try JSON.parse(String(number)).integer == number)
        }
    }
}
