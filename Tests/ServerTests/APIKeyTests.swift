import Testing

@testable import HooklineServer

@Suite struct APIKeyTests {
    @Test func aNewKeyIsReadBack() throws {
        let key = APIKey.generate()
        let read = try #require(APIKey(key.text))
        #expect(read.id == key.id)
        #expect(read.digest.matches(key.digest))
        #expect(key.text.hasPrefix("hk_"))
        #expect(key.text.split(separator: "_")[2].count >= 32)
    }

    @Test func keysDiffer() {
        let keys = (0..<1000).map { _ in APIKey.generate() }
        #expect(Set(keys.map(\.id)).count == keys.count)
        #expect(!keys[0].digest.matches(keys[1].digest))
    }

    @Test func aKeyInALogIsNone() {
        let key = APIKey.generate()
        #expect("\(key)" == "hk_\(key.id)_...")
        #expect(APIKey("\(key)") == nil)
    }

    @Test(arguments: [
        "", "hk", "hk_", "hk__", "hk_abcdefghijkl", "hk_abcdefghijkl_", "hk_abcdefghijkl_short",
        "xx_abcdefghijkl_0123456789012345678901234567890123456789",
        "hk_ABCDEFGHIJKL_0123456789012345678901234567890123456789",
        "hk_abcdefghijkl_0123456789012345678901234567890123456789_",
        "hk_abcdefghijk_0123456789012345678901234567890123456789",
        "hk_abcdefghijkl_012345678901234567890123456789012345678é",
        " hk_abcdefghijkl_0123456789012345678901234567890123456789",
    ])
    func otherTextsAreNoKeys(_ text: String) {
        #expect(APIKey(text) == nil)
    }

    @Test func digestsOfOtherLengthsDoNotMatch() {
        #expect(!KeyDigest(stored: []).matches(KeyDigest(of: "a")))
        #expect(KeyDigest(stored: KeyDigest(of: "a").bytes).matches(KeyDigest(of: "a")))
    }

    @Test func scopesInclude() {
        for scope in KeyScope.allCases {
            #expect(scope.includes(scope))
            #expect(KeyScope.admin.includes(scope))
            #expect(scope.includes(.admin) == (scope == .admin))
        }
        #expect(KeyScope.write.includes(.read))
        #expect(KeyScope.write.includes(.client))
        #expect(!KeyScope.read.includes(.client))
        #expect(!KeyScope.read.includes(.write))
        #expect(!KeyScope.client.includes(.read))
        #expect(!KeyScope.client.includes(.write))
    }
}
