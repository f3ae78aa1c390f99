import HooklinePrimitives
import Testing

/// RFC 8259, document by document: what is accepted, what is refused, and at which byte.
struct JSONGrammarTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "-1", "10", "0.5", "-0.0", "1e5", "1E+5", "1e-5", "123.456e78", "0e0",
        "0E-0",
        "1e400000", "\"\"", "\"a\"", #""\"\\\/\b\f\n\r\t""#, #""\u0041""#, #""\uD83D\uDE00""#, #""\uDBFF\uDFFF""#,
        #""\ud7ff\ue000\uffff""#, "\"\u{7F}\"", "\"\u{80}\u{7FF}\u{800}\u{FFFD}\u{10000}\u{10FFFF}\"",
        "\"\u{2028}\u{2029}\"",
        "\"\u{FEFF}\"", "\"日本語 😀\"", "[]", "[ ]", "{}", "{ }", "[1]", "[1,2]", " [ 1 , 2 ] ", "[[],[[]],{}]",
        "\t\r\n {}\n",
        #"{"a":1}"#, #"{ "a" : 1 , "b" : [ ] }"#, #"{"":0}"#, #"{"a":{"b":{"c":[]}}}"#, #"[null,true,false,"",0]"#,
        #"{"a\u0020b":"\\u0000"}"#, "[12345678901234567890123456789012345678901234567890]", "\"'\"", "\"/\"", "\"//\"",
    ])
    func acceptsAndKeepsVerbatim(document: String) throws {
        let raw = try RawJSON(Array(document.utf8))
        let trimmed = document.drop { $0.isWhitespace }
        #expect(trimmed.utf8.starts(with: raw.bytes))
        if document != "1e400000" {
            // A tree of a value and a tree of its encoding are the same.
            let tree = try JSON.parse(document)
            #expect(try JSON.parse(tree.encoded()) == tree)
            #expect(try JSON.parse(tree.encoded(pretty: true)) == tree)
            #expect(try JSON.parse(tree.encoded()).encoded() == tree.encoded())
        }
    }

    static let refused: [(String, Int, JSONProblem)] = [
        ("", 0, .unexpectedEnd), ("  ", 2, .unexpectedEnd),
        // Words.
        ("nul", 3, .unexpectedEnd), ("nulL", 0, .expected("a value")), ("True", 0, .expected("a value")),
        ("truee", 4, .trailingBytes), ("NaN", 0, .expected("a value")), ("Infinity", 0, .expected("a value")),
        ("-Infinity", 1, .expected("a digit")), ("undefined", 0, .expected("a value")),
        ("tr\0e", 0, .expected("a value")),
        // Numbers.
        ("-", 1, .unexpectedEnd), ("+1", 0, .expected("a value")), ("01", 0, .leadingZero), ("[-012]", 2, .leadingZero),
        ("1.", 2, .unexpectedEnd), ("[1.]", 3, .expected("a digit")), (".5", 0, .expected("a value")),
        ("1e", 2, .unexpectedEnd), ("[1e+]", 4, .expected("a digit")), ("1.5.5", 3, .trailingBytes),
        ("0x1F", 1, .trailingBytes), ("1_000", 1, .trailingBytes), ("--1", 1, .expected("a digit")),
        ("1 2", 2, .trailingBytes), ("[1 2]", 3, .expected("',' or ']'")), ("１", 0, .expected("a value")),
        // Strings.
        ("\"", 1, .unexpectedEnd), ("\"abc", 4, .unexpectedEnd), ("'a'", 0, .expected("a value")),
        ("\"a\nb\"", 2, .controlCharacter), ("\"\u{1F}\"", 1, .controlCharacter), ("\"\t\"", 1, .controlCharacter),
        (#""\""#, 3, .unexpectedEnd), (#""\x""#, 1, .invalidEscape), (#""ab\'""#, 3, .invalidEscape),
        (#""\u""#, 1, .invalidEscape), (#""\u12G4""#, 1, .invalidEscape), (#""\u12"#, 5, .unexpectedEnd),
        (#""\U0041""#, 1, .invalidEscape), (#""\uD800""#, 1, .loneSurrogate), (#""\uDC00""#, 1, .loneSurrogate),
        (#""\uD800\uD800""#, 1, .loneSurrogate), (#""\uD800\n""#, 1, .loneSurrogate),
        (#""\uD800x""#, 1, .loneSurrogate),
        (#""\uD83D\uDE0""#, 7, .invalidEscape), (#""\uD83D"#, 7, .unexpectedEnd), (#""\uD83D\"#, 8, .unexpectedEnd),
        ("\"\\\u{0}\"", 1, .invalidEscape),
        // U+0000.
        (#""\u0000""#, 1, .nul), (#"{"a\u0000":1}"#, 3, .nul), ("\"a\0\"", 2, .nul), ("\0", 0, .nul), ("1\0", 1, .nul),
        ("[\0]", 1, .nul), ("{\"a\"\0:1}", 4, .nul), ("[1,\0", 3, .nul),
        // Arrays and objects.
        ("[", 1, .unexpectedEnd), ("[1", 2, .unexpectedEnd), ("[1,", 3, .unexpectedEnd),
        ("[1,]", 3, .expected("a value")),
        ("[,1]", 1, .expected("a value")), ("[1,,2]", 3, .expected("a value")), ("]", 0, .expected("a value")),
        ("[1}", 2, .expected("',' or ']'")), ("[]]", 2, .trailingBytes), ("[1:2]", 2, .expected("',' or ']'")),
        ("{", 1, .unexpectedEnd), ("{\"a\"", 4, .unexpectedEnd), ("{\"a\":", 5, .unexpectedEnd),
        ("{\"a\":1", 6, .unexpectedEnd), ("{\"a\":1,}", 7, .expected("a key in quotes")),
        ("{\"a\" 1}", 5, .expected("':'")), ("{\"a\":}", 5, .expected("a value")), ("{\"a\"}", 4, .expected("':'")),
        ("{a:1}", 1, .expected("a key in quotes or '}'")), ("{1:1}", 1, .expected("a key in quotes or '}'")),
        ("{,}", 1, .expected("a key in quotes or '}'")), ("{\"a\":1 \"b\":2}", 7, .expected("',' or '}'")),
        ("{\"a\":1]", 6, .expected("',' or '}'")), ("{\"a\":1,,}", 7, .expected("a key in quotes")),
        ("{}{}", 2, .trailingBytes),
        ("[1]x", 3, .trailingBytes), ("/**/1", 0, .expected("a value")), ("[1//\n]", 2, .expected("',' or ']'")),
        // Other white space, and the mark that some editors write.
        ("\u{A0}1", 0, .expected("a value")), ("[\u{C}]", 1, .expected("a value")),
        ("[\u{B}1]", 1, .expected("a value")),
        ("\u{FEFF}{}", 0, .byteOrderMark), ("{}\u{FEFF}", 2, .byteOrderMark), ("[\u{2028}]", 1, .expected("a value")),
    ]

    @Test(arguments: refused)
    func refuses(document: String, offset: Int, problem: JSONProblem) {
        let error = JSONError(offset: offset, problem: problem)
        #expect(throws: error) { try RawJSON(Array(document.utf8)) }
        #expect(throws: error) { try JSON.parse(document) }
    }

    static let badUTF8: [([UInt8], Int)] = [
        ([0x80], 0), ([0xBF], 0), ([0x61, 0xC3], 1), ([0xC3, 0x28], 0), ([0xC0, 0x80], 0), ([0xC1, 0xBF], 0),
        ([0xE0, 0x80, 0x80], 0), ([0xE0, 0x9F, 0xBF], 0), ([0xED, 0xA0, 0x80], 0), ([0xED, 0xBF, 0xBF], 0),
        ([0xE2, 0x82], 0), ([0xE2, 0x28, 0xA1], 0), ([0xE2, 0x82, 0x28], 0), ([0xF0, 0x80, 0x80, 0x80], 0),
        ([0xF0, 0x8F, 0xBF, 0xBF], 0), ([0xF4, 0x90, 0x80, 0x80], 0), ([0xF5, 0x80, 0x80, 0x80], 0), ([0xFE], 0),
        ([0xFF], 0),
        ([0xF0, 0x9F, 0x98], 0), ([0xF0, 0x9F, 0x98, 0x28], 0), ([0xC3, 0xA9, 0xE9], 2),
        ([0x61, 0x62, 0x63, 0xF8, 0x88], 3),
    ]

    @Test(arguments: badUTF8)
    func refusesWhatIsNotUTF8(bytes: [UInt8], offset: Int) {
        // The bytes stand at each place of a word, which the scanner reads at once.
        for padding in 0..<9 {
            let document = [0x22] + Array(repeating: 0x78, count: padding) + bytes + [0x22]
            let error = JSONError(offset: 1 + padding + offset, problem: .invalidUTF8)
            #expect(throws: error) { try RawJSON(document) }
            #expect(throws: error) { try JSON.parse(document) }
        }
    }

    @Test func findsEverySpecialByteAtEveryPlaceOfAWord() throws {
        for byte in UInt8.min...0x7F {
            for padding in 0..<17 {
                let document = [0x22] + Array(repeating: 0x7A, count: padding) + [byte] + Array("tail0123456789\"".utf8)
                let isPlain = byte >= 0x20 && byte != 0x22 && byte != 0x5C
                // The letter t after a backslash is an escape.
                #expect(((try? RawJSON(document)) != nil) == (isPlain || byte == 0x5C), "byte \(byte) after \(padding)")
            }
        }
    }

    @Test func limitsTheDepth() throws {
        let flat = { (depth: Int) in
            Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: 0x5D, count: depth)
        }
        for maximum in [1, 2, 63, 64] {
            _ = try RawJSON(flat(maximum), maximumDepth: maximum)
            _ = try JSON.parse(flat(maximum), maximumDepth: maximum)
            let error = JSONError(offset: maximum, problem: .tooDeep(maximumDepth: maximum))
            #expect(throws: error) { try RawJSON(flat(maximum + 1), maximumDepth: maximum) }
            #expect(throws: error) { try JSON.parse(flat(maximum + 1), maximumDepth: maximum) }
        }
        // More than can be asked for is not given, and a million brackets do not overflow the stack.
        let error = JSONError(offset: 64, problem: .tooDeep(maximumDepth: 64))
        #expect(throws: error) { try JSON.parse(flat(1_000_000), maximumDepth: .max) }
        #expect(throws: error) { try RawJSON(flat(1_000_000), maximumDepth: .max) }
    }

    @Test func describesWhereAndWhat() {
        #expect(throws: JSONError(offset: 17, problem: .expected("',' or '}'"))) {
            try JSON.parse(#"{"a":"0123456789"x}"#)
        }
        let error = JSONError(offset: 17, problem: .expected("',' or '}'"))
        #expect(error.description == "at byte 17: expected ',' or '}'")
        #expect(JSONProblem.duplicateKey("a\nb").description == #"the key 'a\nb' occurs twice"#)
        let long = JSONProblem.duplicateKey("a" + String(repeating: "\u{301}", count: 10_000)).description
        #expect(long.utf8.count < 200)
    }
}
