import HooklinePrimitives
import Testing

@testable import HooklineWebhooks

struct EncryptionKeyRingTests {
    /// The bytes 7, 8, ... 38.
    private static let line = "2026 BwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSY="
    private static let otherLine = "2027 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let context = EncryptionKeyRing.associatedData(purpose: "secrets", subscription: "sub_1")
    private static let plain = Array("whsec_secret".utf8)

    /// Sealed by PyPI cryptography 50.0.2 with the key 2026.
    @Test func opensWhatTheReferenceSealed() throws {
        let sealed = try #require(
            Base64.decode(Array("AQQyMDI2ZGVmZ2hpamtsbW5vl5Q4zM7SkOtKRZdlz+/6va4e3F5dPmlrVYFZgA==".utf8))
        )
        let ring = try EncryptionKeyRing(fileText: Self.line)
        #expect(try ring.open(sealed, associatedData: "hookline:secrets:sub_1") == Self.plain)
    }

    @Test func opensWhatItSealed() throws {
        var random = SeededBytes(seed: 3)
        let ring = try EncryptionKeyRing(fileText: EncryptionKeyRing.generateFileText())
        for count in 0..<200 {
            let bytes = random.next(count)
            let sealed = ring.seal(bytes, associatedData: "é\(count)")
            #expect(try ring.open(sealed, associatedData: "é\(count)") == bytes)
            #expect(sealed != ring.seal(bytes, associatedData: "é\(count)"))
        }
    }

    @Test func opensOnlyWhereItBelongs() throws {
        let ring = try EncryptionKeyRing(fileText: Self.line)
        let sealed = ring.seal(Self.plain, associatedData: Self.context)
        for other in ["", "hookline:secrets:sub_2", "hookline:headers:sub_1"] {
            #expect(throws: EncryptionError.damaged) { try ring.open(sealed, associatedData: other) }
        }
    }

    @Test func refusesEveryChangedBit() throws {
        let ring = try EncryptionKeyRing(fileText: Self.line)
        let sealed = ring.seal(Self.plain, associatedData: Self.context)
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << bit
                #expect(throws: EncryptionError.self) { try ring.open(changed, associatedData: Self.context) }
            }
        }
        for count in sealed.indices {
            #expect(throws: EncryptionError.damaged) {
                try ring.open(Array(sealed.prefix(count)), associatedData: Self.context)
            }
        }
    }

    /// The four steps of a change of the key.
    @Test func changesTheKey() throws {
        let old = try EncryptionKeyRing(fileText: Self.line)
        let both = try EncryptionKeyRing(fileText: Self.otherLine + "\n" + Self.line)
        let new = try EncryptionKeyRing(fileText: Self.otherLine)
        let sealed = old.seal(Self.plain, associatedData: Self.context)
        #expect(both.keyIDs == ["2027", "2026"])
        #expect(sealed.starts(with: old.sealingPrefix))
        #expect(!sealed.starts(with: both.sealingPrefix))
        let again = both.seal(try both.open(sealed, associatedData: Self.context), associatedData: Self.context)
        #expect(again.starts(with: both.sealingPrefix))
        #expect(try new.open(again, associatedData: Self.context) == Self.plain)
        let error = #expect(throws: EncryptionError.self) { try new.open(sealed, associatedData: Self.context) }
        #expect(error == .unknownKey(id: "2026"))
        #expect(error?.description == "the encryption key '2026' is not in the key file; put its line back")
    }

    @Test func knowsThatAnotherKeyOfTheSameIDIsWrong() throws {
        let ring = try EncryptionKeyRing(fileText: Self.line)
        let other = try EncryptionKeyRing(fileText: Self.otherLine.replacing("2027", with: "2026"))
        let sealed = other.seal(Self.plain, associatedData: Self.context)
        #expect(throws: EncryptionError.damaged) { try ring.open(sealed, associatedData: Self.context) }
        #expect(throws: EncryptionError.unknownVersion(2)) {
            try ring.open([2] + sealed.dropFirst(), associatedData: "")
        }
    }

    @Test func readsAKeyFile() throws {
        let text = "# first\n\n  \t\n \(Self.otherLine.replacing(" ", with: " \t ")) \r\n#\(Self.line)\n\(Self.line)"
        #expect(try EncryptionKeyRing(fileText: text).keyIDs == ["2027", "2026"])
    }

    @Test func generatesKeyFiles() throws {
        let texts = (0..<20).map { _ in EncryptionKeyRing.generateFileText() }
        #expect(Set(texts).count == 20)
        for text in texts { #expect(try EncryptionKeyRing(fileText: text).keyIDs.count == 1) }
        #expect(texts[0].hasSuffix("=\n"))
    }

    @Test(arguments: [
        ("", "line 1 of the key file: there is no key; accepted is an id and the base64 of 32 bytes on each line"),
        (
            "# a\n# b\n",
            "line 3 of the key file: there is no key; accepted is an id and the base64 of 32 bytes on each line"
        ),
        (
            "\nonlyone\n",
            "line 2 of the key file: has one word; accepted are two, an id and the base64 of 32 bytes"
        ),
        (
            "\(line) # the old one",
            "line 1 of the key file: has 6 words; accepted are two, an id and the base64 of 32 bytes"
        ),
        (
            line.replacing("2026", with: "é"),
            "line 1 of the key file: the id is not accepted; accepted are 1 to 64 letters, digits, '.', '_' and '-' "
                + "of ASCII"
        ),
        (line + "\n" + line, "line 2 of the key file: the id '2026' occurs twice"),
        (
            String(line.dropLast()),
            "line 1 of the key file: the key is not base64; accepted is the standard alphabet with padding"
        ),
        ("a Zm9v", "line 1 of the key file: the key has 3 bytes; accepted are 32"),
        (
            (0...100).map { line.replacing("2026", with: "k\($0)") }.joined(separator: "\n"),
            "line 101 of the key file: more keys than the 100 that are accepted"
        ),
    ])
    func saysWhatIsWrong(text: String, message: String) {
        let error = #expect(throws: EncryptionKeyFileError.self) { try EncryptionKeyRing(fileText: text) }
        #expect(error?.description == message)
    }

    @Test func neverPrintsAKey() throws {
        let ring = try EncryptionKeyRing(fileText: Self.line)
        var dumped = ""
        dump([ring], to: &dumped)
        for printed in ["\(ring)", String(reflecting: ring), "\([ring])", dumped] {
            #expect(!printed.contains("BwgJ"))
            #expect(printed.contains("EncryptionKeyRing(2026, redacted)"))
        }
    }
}
