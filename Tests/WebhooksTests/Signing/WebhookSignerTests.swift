import HooklinePrimitives
import Testing

@testable import HooklineWebhooks

struct WebhookSignerTests {
    private static let moment = Timestamp(milliseconds: 1_769_594_400_999)
    private static let ed25519 = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let hmac = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

    private func headers(_ secrets: [String], id: Identifier = "msg_1", _ body: String) throws -> SignatureHeaders {
        let signer = try WebhookSigner(secrets: secrets.map { try SigningSecret(text: $0) })
        return signer.headers(id: id, timestamp: Self.moment, body: Array(body.utf8))
    }

    /// The example of Standard Webhooks, whose key is shorter than its rules want.
    @Test func agreesWithTheExample() throws {
        let key = try #require(Base64.decode(Array("plJ3nmyCDGBKInavdOK15jsl".utf8)))
        let body = Array(#"{"event_type":"ping","data":{"success":true}}"#.utf8)
        let code = body.withUnsafeBytes { body in
            SignedContent(id: "msg_loFOjxBNrRLzqYUf", timestamp: "1731705121", body: body)
                .code(by: KeyedHash(key: key))
        }
        #expect(Base64.text(code) == "rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=")
    }

    /// By PyPI standardwebhooks 1.1.0: keys of 24, 32, 33 and 64 bytes, bodies that are empty, ASCII, not ASCII, and long.
    @Test(arguments: [
        ("whsec_GBkaGxwdHh8gISIjJCUmJygpKissLS4v", "", "v1,sQ0iJySf6hMkOiUck1IZtlgeslD1YClMVY6zTcRsbmQ="),
        (hmac, #"{"a":1}"#, "v1,euiPhm6AV4jUPyUq7/RUzLSvQnnTriHgI1TWBcOyA3c="),
        (
            "whsec_QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+fw==",
            #"{"titre":"Été 🎬"}"#, "v1,TAR8UT4pDnxcTPgGG8zpICleQAXkl2LoiRxe9WNfyF0="
        ),
        (
            "whsec_ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BB", String(repeating: "x", count: 1000),
            "v1,mTlKNi3nQDcZ6uqIqM5uN4SOOqJISUAYjG5jGW73of0="
        ),
    ])
    func signsLikeTheReference(secret: String, body: String, signature: String) throws {
        let headers = try headers([secret], body)
        #expect(headers.id == "msg_1")
        #expect(headers.timestamp == "1769594400")
        #expect(headers.signature == signature)
    }

    /// By PyPI cryptography 50.0.2. Apple's implementation adds randomness, so there its signatures differ each time.
    @Test func signsWithEd25519() throws {
        let golden = "v1a,2Rs4TVh2Gb/JacrZSX1Tfs6DZqdaoK+95N+2hk0JAM8cZpkFnvtHHl69GUTROSi8Zm8Z0wQ8Cxh1BBWQu2WDDA=="
        let headers = try headers([Self.ed25519], #"{"a":1}"#)
        #if canImport(Darwin)
            #expect(headers.signature.utf8.count == golden.utf8.count)
        #else
            #expect(headers.signature == golden)
        #endif
    }

    @Test func signsWithEachSecretTheNewestFirst() throws {
        let one = try headers([Self.hmac, Self.ed25519], "{}").signature.split(separator: " ")
        let other = try headers([Self.ed25519, Self.hmac], "{}").signature.split(separator: " ")
        #expect(one.map { $0.prefix { $0 != "," } } == ["v1", "v1a"])
        #expect(other.map { $0.prefix { $0 != "," } } == ["v1a", "v1"])
        #expect(one[0] == other[1])
    }

    /// The signature of the third by PyPI standardwebhooks 1.1.0, over the id as it stands in the header.
    @Test func writesIDsForHeaders() throws {
        for (id, text) in [("a.b:c~!", "a.b:c~!"), ("50% off", "50%25%20off"), ("e é", "e%20%C3%A9")] {
            #expect(try headers([Self.hmac], id: Identifier(id), #"{"a":1}"#).id == text)
        }
        let signature = try headers([Self.hmac], id: "e é", #"{"a":1}"#).signature
        #expect(signature == "v1,IHsOprdyO8EmanZguDhC2uEt5PyIPA1FDq93bmf1efs=")
    }

    @Test func namesTheHeaders() throws {
        let headers = try headers([Self.hmac], "{}")
        #expect(headers.all.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(headers.all.map(\.value) == [headers.id, headers.timestamp, headers.signature])
    }

    @Test func wantsOneToTenSecrets() throws {
        for count in [0, 11] {
            let error = #expect(throws: SigningSecretError.self) {
                try WebhookSigner(secrets: (0..<count).map { _ in .generate() })
            }
            #expect(error?.description == "has \(count) secrets; accepted are 1 to 10")
        }
    }
}
