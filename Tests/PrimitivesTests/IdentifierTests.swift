import HooklinePrimitives
import Testing

struct IdentifierTests {
    @Test(arguments: [
        "a", "viewer-1", " ", "日本語", "a b", "caf\u{E9}", "\u{80}", "😀", String(repeating: "x", count: 256),
    ])
    func acceptsText(text: String) throws {
        #expect(try Identifier(text).text.utf8.elementsEqual(text.utf8))
        #expect(try "\(Identifier(text))" == text)
    }

    @Test(arguments: [
        ("", IdentifierError.empty), ("a\0b", .controlCharacter(offset: 1)), ("é\n", .controlCharacter(offset: 2)),
        ("\u{7F}", .controlCharacter(offset: 0)), ("abc\u{1F}", .controlCharacter(offset: 3)),
        (String(repeating: "x", count: 257), .tooLong(bytes: 257, maximumBytes: 256)),
        (String(repeating: "é", count: 129), .tooLong(bytes: 258, maximumBytes: 256)),
    ])
    func refuses(text: String, error: IdentifierError) {
        #expect(throws: error) { try Identifier(text) }
    }

    @Test func takesASmallerLimit() throws {
        #expect(try Identifier("abc", maximumBytes: 3).text == "abc")
        let error = IdentifierError.tooLong(bytes: 4, maximumBytes: 3)
        #expect(throws: error) { try Identifier("abcd", maximumBytes: 3) }
        #expect(error.description == "is 4 bytes long; accepted are at most 3")
    }

    @Test func isEqualOnlyByBytes() {
        let composed: Identifier = "caf\u{E9}"
        let decomposed: Identifier = "cafe\u{301}"
        #expect(composed.text == decomposed.text, "Swift's strings are equal, which is the reason for this type")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(Set([composed, "caf\u{E9}"]).count == 1)
        // The same length in bytes, and canonically equivalent: ANGSTROM SIGN, and A with a ring.
        let (sign, letter): (Identifier, Identifier) = ("\u{212B}", "A\u{30A}")
        #expect(sign != letter)
        #expect(sign.text == letter.text)
    }

    @Test func isOrderedByBytes() throws {
        // UTF-16 and canonical orders would put these the other way round.
        let texts = ["A", "Z", "a", "a ", "ab", "b", "e\u{301}", "z", "\u{E9}", "\u{FFFD}", "\u{10000}"]
        let identifiers = try texts.map { try Identifier($0) }
        #expect(identifiers.shuffled().sorted() == identifiers)
        #expect(!(identifiers[0] < identifiers[0]))
    }

    @Test func hashesAgreeWithEquality() throws {
        var seen: Set<Identifier> = []
        for number in 0..<1000 { seen.insert(try Identifier("id-\(number)")) }
        for number in 0..<1000 { #expect(seen.contains(Identifier(unchecked: "id-" + String(number)))) }
        #expect(seen.count == 1000)
    }
}
