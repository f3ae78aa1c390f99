import HooklinePrimitives
import Testing

@Suite struct TextKeyTests {
    /// Lengths around those that fit beside the first bytes, and around the longest that is told exactly.
    private static let texts: [String] = [0, 1, 2, 6, 7, 8, 9, 15, 16, 17, 254, 255, 256, 300].flatMap { length in
        let text = String(repeating: "a", count: length)
        return length == 0 ? [text] : [text, "b" + text.dropFirst(), text.dropLast() + "b"]
    }

    @Test func keysAreTheSameWhenTheirBytesAre() {
        for (index, left) in Self.texts.enumerated() {
            for (other, right) in Self.texts.enumerated() {
                let isSame = left.utf8.elementsEqual(right.utf8)
                #expect((TextKey(left) == TextKey(right)) == isSame, "\(index) \(other)")
                #expect(left.hasSameBytes(as: right) == isSame, "\(index) \(other)")
            }
        }
    }

    @Test func textsThatOnlyLookAlikeDiffer() {
        #expect(TextKey("\u{E9}") != TextKey("e\u{301}"))
        #expect(TextKey("\u{E9}\u{E9}\u{E9}\u{E9}") != TextKey("e\u{301}\u{E9}\u{E9}\u{E9}"))
        #expect(!"\u{E9}".hasSameBytes(as: "e\u{301}"))
        #expect(TextKey("a") != TextKey("a\0") && TextKey("") != TextKey("\0"))
    }

    @Test func aValueIsFoundInPlaceAsByItsKey() {
        for count in [0, 1, 5, 16, 17, 40] {
            let object = JSONObject(count)
            for number in 0...count {
                let key = JSONObject.key(number)
                #expect(object.withValue(of: TextKey(key)) { $0 } == object[key])
            }
        }
    }
}

extension JSONObject {
    /// Keys of many lengths with the same beginning.
    fileprivate static func key(_ number: Int) -> String { String(repeating: "k", count: number % 12) + "\(number)" }

    fileprivate init(_ count: Int) {
        self.init()
        for number in 0..<count { append(Self.key(number), JSON(number)) }
    }
}
