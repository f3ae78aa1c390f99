import HooklinePrimitives
import HooklineWebhooks
import Testing

struct WebhookVerifierTests {
    private static let now = Timestamp(milliseconds: 1_731_705_121_000)
    private static let secret = "whsec_plJ3nmyCDGBKInavdOK15jsl"
    private static let id = "msg_loFOjxBNrRLzqYUf"
    private static let body = Array(#"{"event_type":"ping","data":{"success":true}}"#.utf8)
    private static let signature = "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="

    private func headers(
        _ signature: String = signature,
        prefix: String = "webhook-",
        timestamp: String = "1731705121"
    ) -> [String: String] {
        [
            "\(prefix)id": Self.id, "\(prefix)timestamp": timestamp, "\(prefix)signature": signature,
            "content-type": "application/json",
        ]
    }

    private func error(_ work: () throws -> Void) -> WebhookVerificationError? {
        #expect(throws: WebhookVerificationError.self) { try work() }
    }

    /// The example of Standard Webhooks.
    @Test(arguments: ["webhook-", "Webhook-", "WEBHOOK-", "svix-", "Svix-"])
    func acceptsTheExample(prefix: String) throws {
        let verifier = try WebhookVerifier(secrets: [Self.secret])
        let delivery = try verifier.verify(body: Self.body, headers: headers(prefix: prefix), now: Self.now)
        #expect(delivery.id == Self.id)
        #expect(delivery.timestamp == Self.now)
    }

    /// By PyPI cryptography 50.0.2.
    @Test func acceptsEd25519() throws {
        let verifier = try WebhookVerifier(secrets: ["whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="])
        let signature = "v1a,2Rs4TVh2Gb/JacrZSX1Tfs6DZqdaoK+95N+2hk0JAM8cZpkFnvtHHl69GUTROSi8Zm8Z0wQ8Cxh1BBWQu2WDDA=="
        let headers = [
            "webhook-id": "msg_1", "webhook-timestamp": "1769594400", "webhook-signature": signature,
        ]
        let now = Timestamp(milliseconds: 1_769_594_400_000)
        try verifier.verify(body: Array(#"{"a":1}"#.utf8), headers: headers, now: now)
        #expect(
            error { try verifier.verify(body: Array(#"{"a":2}"#.utf8), headers: headers, now: now) }
                == .noMatchingSignature
        )
    }

    @Test(arguments: [
        "v1,AAAA \(signature)", "\(signature) v1,AAAA", "v2,xyz \(signature)", "nonsense  v1 , \(signature) ",
        "v1a,AAAA \(signature)",
    ])
    func findsTheSignatureAmongOthers(text: String) throws {
        let verifier = try WebhookVerifier(secrets: [SigningSecret.generate().text, Self.secret])
        try verifier.verify(body: Self.body, headers: headers(text), now: Self.now)
    }

    @Test(
        arguments: [
            "", "v1", "v1,", "v1,AAAA", signature.replacing("v1,", with: "v1a,"),
            signature.replacing("v1,", with: "v2,"),
            signature.replacing("v1,", with: "V1,"), String(signature.dropLast()),
            signature.replacing("rA", with: "rB"), String(signature.dropFirst(3)),
            String(repeating: "v1,AAAA ", count: WebhookVerifier.maximumSignatures) + signature,
        ].filter { $0 != signature }
    )
    func refusesOtherSignatures(text: String) throws {
        let verifier = try WebhookVerifier(secrets: [Self.secret])
        #expect(
            error { try verifier.verify(body: Self.body, headers: headers(text), now: Self.now) }
                == .noMatchingSignature
        )
    }

    @Test func refusesEveryChangedByte() throws {
        let verifier = try WebhookVerifier(secrets: [Self.secret])
        for index in Self.body.indices {
            var body = Self.body
            body[index] ^= 1
            #expect(
                error { try verifier.verify(body: body, headers: self.headers(), now: Self.now) }
                    == .noMatchingSignature
            )
        }
        var headers = self.headers()
        headers["webhook-id"] = "msg_other"
        #expect(
            error { try verifier.verify(body: Self.body, headers: headers, now: Self.now) } == .noMatchingSignature
        )
    }

    @Test func toleratesFiveMinutes() throws {
        let verifier = try WebhookVerifier(secrets: [Self.secret])
        for milliseconds: Int64 in [-300_000, 0, 300_000] {
            try verifier.verify(
                body: Self.body,
                headers: headers(),
                now: Self.now.advanced(byMilliseconds: milliseconds)
            )
        }
        let late = error {
            try verifier.verify(body: Self.body, headers: headers(), now: Self.now.advanced(byMilliseconds: 300_001))
        }
        #expect(late == .tooOld(Self.now))
        let early = error {
            try verifier.verify(body: Self.body, headers: headers(), now: Self.now.advanced(byMilliseconds: -300_001))
        }
        #expect(early == .tooNew(Self.now))
        try verifier.verify(
            body: Self.body,
            headers: headers(),
            now: Self.now.advanced(byMilliseconds: 86_400_000),
            toleranceMilliseconds: 86_400_000
        )
    }

    @Test(arguments: [
        "", " 1731705121", "+1731705121", "-1", "1731705121.0", "1e9", "0x67", "253402300800", "9999999999999999999999",
        "１７３１",
    ])
    func refusesWhatIsNoTime(timestamp: String) throws {
        let verifier = try WebhookVerifier(secrets: [Self.secret])
        #expect(
            error { try verifier.verify(body: Self.body, headers: headers(timestamp: timestamp), now: Self.now) }
                == .malformedTimestamp
        )
    }

    @Test func namesMissingAndRepeatedHeaders() throws {
        let verifier = try WebhookVerifier(secrets: [Self.secret])
        let none = error { try verifier.verify(body: Self.body, headers: [:], now: Self.now) }
        #expect(none == .missingHeaders(["webhook-id", "webhook-timestamp", "webhook-signature"]))
        let some = error {
            try verifier.verify(
                body: Self.body,
                headers: ["webhook-id": Self.id, "svix-id": Self.id, "webhook-signature": Self.signature],
                now: Self.now
            )
        }
        #expect(some?.description == "no webhook-timestamp among the headers")
        let twice: [(name: String, value: String)] =
            headers().map { (name: $0.key, value: $0.value) } + [(name: "Webhook-ID", value: "other")]
        #expect(
            error { try verifier.verify(body: Self.body, headers: twice, now: Self.now) }
                == .repeatedHeader("webhook-id")
        )
    }

    @Test func saysWhichSecretsItTakes() {
        for (text, message) in [
            ("plJ3nmyCDGBKInavdOK15jsl", "starts with an unknown prefix; accepted are 'whsec_' and 'whpk_'"),
            ("whsk_AAAA", "is a secret key ('whsk_'); accepted is its public key ('whpk_')"),
            ("whpk_AAAA", "has a key of 3 bytes; accepted is an ed25519 public key of 32 bytes"),
            ("whsec_AAAA", "has a key of 3 bytes; accepted is 16 to 128 bytes"),
        ] {
            let error = #expect(throws: SigningSecretError.self) { try WebhookVerifier(secrets: [text]) }
            #expect(error?.description == message)
        }
        #expect(throws: SigningSecretError.count(0, accepted: 1...10)) { try WebhookVerifier(secrets: []) }
    }

    /// What the signer writes during a rotation, receivers with the old, the new or the public key accept.
    @Test func acceptsWhatTheSignerWrites() throws {
        var random = SeededBytes(seed: 7)
        let secrets = [SigningSecret.generate(), .generate(.ed25519), .generate()]
        let signer = try WebhookSigner(secrets: secrets)
        for count in 0..<100 {
            let body = random.next(count)
            let headers = try signer.headers(id: Identifier("id \(count)"), timestamp: Self.now, body: body)
            for secret in secrets {
                let verifier = try WebhookVerifier(secrets: [secret.publicKeyText ?? secret.text])
                let delivery = try verifier.verify(body: body, headers: headers.all, now: Self.now)
                #expect(delivery.id == headers.id)
            }
        }
    }
}
