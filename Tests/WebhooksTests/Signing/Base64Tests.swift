import Testing

@testable import HooklineWebhooks

struct Base64Tests {
    /// The vectors of RFC 4648 section 10, and all digits.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"), ("\u{3FF}?>", "z78/Pg=="),
    ])
    func writesAndReads(plain: String, encoded: String) {
        #expect(Base64.text(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(Array(encoded.utf8)) == Array(plain.utf8))
    }

    @Test(arguments: [
        "Zg", "Zg=", "Zg===", "=Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n", "Zm 9v", "Zm9v====", "Z-_v", "Zg==Zg==",
        "Zm9é",
    ])
    func refusesWhatIsNotCanonical(text: String) {
        #expect(Base64.decode(Array(text.utf8)) == nil)
    }

    @Test func readsWhatItWrote() {
        var random = SeededBytes(seed: 1)
        for count in 0..<200 {
            let bytes = random.next(count)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }
}
