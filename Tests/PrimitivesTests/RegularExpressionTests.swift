import Testing

@testable import HooklinePrimitives

/// The regular expressions of JSON Schema.
struct RegularExpressionTests {
    private func matches(_ pattern: String, _ text: String) throws -> Bool {
        var steps = JSONSchema.maximumSteps
        return try RegularExpression(pattern).matches(text, steps: &steps)
    }

    @Test func matchesAsECMAScriptDoes() throws {
        // The answers are those of Node.js 20.20.2 with the flag u, which does not take the last three expressions.
        let cases: [(String, yes: [String], no: [String])] = [
            ("", ["", "a"], []),
            ("abc", ["xabcx"], ["ab", "acb"]),
            ("^abc$", ["abc"], ["xabc", "abcx", "abc\n"]),
            ("a|bc|", ["", "x"], []),
            ("^(a|bc)+$", ["a", "abca", "bcbc"], ["", "ab", "cb"]),
            ("^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]),
            ("^a{2,}$", ["aa", "aaaaa"], ["a"]),
            ("^a{0}b$", ["b"], ["ab"]),
            ("^(ab?){2}?$", ["aa", "abab", "aab"], ["a", "ababab"]),
            ("^(a*)*$", ["", "aaa"], ["b"]),
            ("^.{2}$", ["ab", "😀é", "é\u{301}"], ["a\n", "e", "\u{2028}a"]),
            ("[a-c_\\d]", ["b", "_", "7"], ["d", "-", "٣"]),
            ("[^a-c\\s]", ["d"], ["a b", "\u{A0}\u{FEFF}"]),
            ("[]", [], ["", "]"]),
            ("[^]", ["\n"], [""]),
            ("[a-]", ["-"], ["b"]),
            ("[\\]\\-x]", ["]", "-"], ["\\"]),
            ("^\\w+$", ["aZ_9"], ["é", "a-b"]),
            ("^\\W\\D\\S$", ["-ab", "é é"], ["a-b"]),
            ("\\bcut\\b", ["a cut!"], ["cute"]),
            ("\\Bcut", ["shortcut"], ["cut"]),
            ("^\\p{Lu}\\p{Ll}+\\P{L}$", ["Éa1"], ["éa1", "Éab"]),
            ("^[\\p{Nd}\\p{gc=Sc}]+$", ["٣€9"], ["Ⅷ"]),
            ("\\u0061\\x62\\u{1F600}\\uD83D\\uDE00", ["ab😀😀"], ["ab"]),
            ("^\\t\\n\\r\\f\\v\\0\\cJ$", ["\t\n\r\u{C}\u{B}\0\n"], []),
            ("^(?<year>\\d{4})-(?:\\d\\d)$", ["2026-01"], ["2026-1"]),
            ("\\.\\*\\/\\-\\@\\^", [".*/-@^"], []),
            ("^{a}]$", ["{a}]"], []),
            ("a{,2}", ["a{,2}"], ["aa"]),
        ]
        for (pattern, yes, no) in cases {
            for text in yes { #expect(try matches(pattern, text), "\(pattern) in \(text)") }
            for text in no { #expect(try !matches(pattern, text), "\(pattern) not in \(text)") }
        }
    }

    @Test func takesTimeInProportionToTheText() throws {
        let text = String(repeating: "a", count: 20_000) + "!"
        for pattern in ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*a){10}b"] {
            var steps = JSONSchema.maximumSteps
            #expect(try !RegularExpression(pattern).matches(text, steps: &steps))
            #expect(steps > 0)
        }
    }

    @Test func stopsWhereItMayTakeNoMoreSteps() throws {
        var steps = 1000
        #expect(try !RegularExpression("b").matches(String(repeating: "a", count: 10_000) + "b", steps: &steps))
        #expect(steps == 0)
    }

    @Test func saysWhatItDoesNotTake() {
        let refused = [
            ("(?=a)", "looks ahead"), ("(?!a)", "looks ahead"), ("(?<=a)", "looks behind"), ("(?<!a)", "looks behind"),
            ("(a)\\1", "refers back"), ("(?<n>a)\\k<n>", "refers back"), ("(", "has a '(' without"),
            ("a)", "has a ')' without"), ("[a", "has a '[' without"), ("*a", "has a '*' that repeats nothing"),
            ("{2}", "has a '{' that repeats nothing"), ("a**", "repeats a repetition"), ("a{3,2}", "repeats {3,2}"),
            ("^*", "repeats an assertion"), ("[b-a]", "has a range in a class that is out of order"),
            ("[\\d-z]", "has a range in a class whose ends"), ("\\a", "has the unknown escape \\a"),
            ("\\", "ends with a backslash"), ("\\p{Script=Greek}", "has the unknown property"),
            ("\\u00g0", "has a \\u"),
            ("\\u{110000}", "has a \\u"), ("\\uD800", "has a \\u"), ("(?i)a", "has an unknown kind of group"),
            ("a{2001}", "repeats too much"), ("((a{50}){50}){50}", "repeats too much"),
            (String(repeating: "(", count: 33), "nests groups deeper"),
            (String(repeating: "a", count: 1025), "is 1025 bytes"),
        ]
        for (pattern, problem) in refused {
            let error = #expect(throws: RegularExpression.Problem.self) { try RegularExpression(pattern) }
            #expect(error?.text.hasPrefix(problem) ?? false, "\(pattern): \(error?.text ?? "")")
        }
    }
}

@Suite struct CaseInsensitiveExpressionTests {
    @Test(arguments: [
        ("abc", "xABCx", true), ("[a-c]+$", "ABC", true), ("[^a]", "A", false), ("[^a]", "b", true),
        ("straße", "STRAßE", true), ("\u{E9}", "\u{C9}", true), ("\\d", "A", false), ("k", "\u{212A}", true),
    ])
    func lettersAreTheSameInEitherCase(pattern: String, text: String, matches: Bool) throws {
        let expression = try RegularExpression(pattern, isCaseInsensitive: true)
        #expect(expression.matches(text, maximumSteps: 1_000) == matches)
    }

    @Test func withoutItTheyAreNot() throws {
        #expect(try !RegularExpression("abc").matches("ABC", maximumSteps: 1_000))
    }
}
