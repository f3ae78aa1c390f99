import HooklineWebhooks
import Testing

struct SigningSecretTests {
    /// The seed 0, 1, ... 31 and its public key, by PyPI cryptography 50.0.2.
    private static let seed = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let pair =
        "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8DoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA=="
    private static let publicKey = "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="

    @Test func readsAnHMACKey() throws {
        let text = "whsec_GBkaGxwdHh8gISIjJCUmJygpKissLS4v"
        let secret = try SigningSecret(text: text)
        #expect(secret.kind == .hmac)
        #expect(secret.text == text)
        #expect(secret.publicKeyText == nil)
    }

    @Test func readsAnEd25519KeyWithAndWithoutItsPublicKey() throws {
        let secret = try SigningSecret(text: Self.seed)
        #expect(secret.kind == .ed25519)
        #expect(secret.text == Self.seed)
        #expect(secret.publicKeyText == Self.publicKey)
        #expect(try SigningSecret(text: Self.pair) == secret)
    }

    @Test(arguments: SigningSecret.Kind.allCases)
    func generatesSecretsThatDiffer(kind: SigningSecret.Kind) throws {
        let secrets = (0..<100).map { _ in SigningSecret.generate(kind) }
        #expect(Set(secrets.map(\.text)).count == 100)
        for secret in secrets {
            #expect(secret.kind == kind)
            #expect(try SigningSecret(text: secret.text) == secret)
        }
        #expect(secrets[0] != secrets[1])
    }

    @Test func tellsTheKindsApart() throws {
        let digits = Self.seed.dropFirst("whsk_".count)
        #expect(try SigningSecret(text: "whsec_\(digits)") != SigningSecret(text: Self.seed))
    }

    @Test(arguments: [
        ("", "starts with an unknown prefix; accepted are 'whsec_' and 'whsk_'"),
        ("WHSEC_GBkaGxwdHh8gISIjJCUmJygpKissLS4v", "starts with an unknown prefix; accepted are 'whsec_' and 'whsk_'"),
        (publicKey, "starts with an unknown prefix; accepted are 'whsec_' and 'whsk_'"),
        ("whsec_", "has a key of 0 bytes; accepted is 24 to 64 bytes"),
        // 18 bytes, as in an example of Standard Webhooks.
        ("whsec_plJ3nmyCDGBKInavdOK15jsl", "has a key of 18 bytes; accepted is 24 to 64 bytes"),
        ("whsec_" + String(repeating: "AAAA", count: 22), "has a key of 66 bytes; accepted is 24 to 64 bytes"),
        (
            "whsec_GBkaGxwdHh8gISIjJCUmJygpKissLS4v\n",
            "is not base64 after 'whsec_'; accepted is the standard alphabet with padding, without white space"
        ),
        (
            "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            "is not base64 after 'whsk_'; accepted is the standard alphabet with padding, without white space"
        ),
        (
            "whsk_GBkaGxwdHh8gISIjJCUmJygpKissLS4v",
            "has a key of 24 bytes; accepted is a seed of 32 bytes, or 64 with its public key"
        ),
        (
            String(pair.dropLast(5)) + "AAA==",
            "has a public key in its second half that is not that of its seed; accepted is the seed alone, or the pair"
        ),
    ])
    func saysWhatIsWrong(text: String, message: String) {
        let error = #expect(throws: SigningSecretError.self) { try SigningSecret(text: text) }
        #expect(error?.description == message)
    }

    @Test func neverPrintsTheKey() throws {
        let secret = try SigningSecret(text: Self.seed)
        let signer = try WebhookSigner(secrets: [secret, .generate()])
        let verifier = try WebhookVerifier(secrets: [Self.publicKey])
        for value in [secret, signer, verifier, [secret], ["secret": secret], (secret, 1)] as [Any] {
            var dumped = ""
            dump(value, to: &dumped)
            for printed in ["\(value)", String(reflecting: value), dumped] {
                #expect(!printed.contains("AAEC"))
                #expect(printed.contains("redacted"))
                #expect(printed.utf8.count < 200)
            }
        }
        #expect("\(secret)" == "SigningSecret(ed25519, redacted)")
    }
}
