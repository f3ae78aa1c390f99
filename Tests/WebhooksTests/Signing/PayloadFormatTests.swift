import HooklinePrimitives
import Testing

@testable import HooklineWebhooks

struct PayloadFormatTests {
    private static let payload = #"{"b":1.0,  "a":[1e2]}"#
    private static let secret = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
    /// HMAC-SHA256 of the payload, by Python 3.11's hmac.
    private static let code = "a15c37187a0a60f3a324ca14c02e5943339dc14f211c4b42e272ee6b1705f21c"

    private func event(_ payload: String = payload, orderingKey: Identifier? = nil) throws -> DeliveredEvent {
        DeliveredEvent(
            id: #"e "1" é"#,
            type: "video.created",
            occurredAt: Timestamp(milliseconds: 1_769_594_400_000),
            payload: try RawJSON(Array(payload.utf8)),
            orderingKey: orderingKey
        )
    }

    private func body(
        _ format: PayloadFormat,
        _ event: DeliveredEvent,
        source: String = PayloadFormat.defaultSource,
        secrets: [SigningSecret]? = nil
    ) throws -> String {
        let signer = try WebhookSigner(secrets: secrets ?? [SigningSecret(text: Self.secret)])
        return String(decoding: try format.body(of: event, source: source, signedBy: signer), as: UTF8.self)
    }

    @Test func buildsTheStandardBody() throws {
        #expect(
            try body(.standard, event())
                == #"{"type":"video.created","timestamp":"2026-01-28T10:00:00.000Z","data":{"b":1.0,  "a":[1e2]}}"#
        )
        #expect(PayloadFormat.standard.contentType == "application/json")
    }

    /// Read by PyPI cloudevents 2.2.0 as the same attributes and data.
    @Test func buildsACloudEvent() throws {
        #expect(
            try body(.cloudevents, event())
                == #"{"specversion":"1.0","id":"e \"1\" é","source":"/hookline","type":"video.created","#
                + #""time":"2026-01-28T10:00:00.000Z","datacontenttype":"application/json","#
                + #""data":{"b":1.0,  "a":[1e2]}}"#
        )
        #expect(
            try body(.cloudevents, event(orderingKey: #"vidéo "1""#), source: "https://studio.example/")
                == #"{"specversion":"1.0","id":"e \"1\" é","source":"https://studio.example/","type":"video.created","#
                + #""time":"2026-01-28T10:00:00.000Z","datacontenttype":"application/json","#
                + #""partitionkey":"vidéo \"1\"","data":{"b":1.0,  "a":[1e2]}}"#
        )
        #expect(PayloadFormat.cloudevents.contentType == "application/cloudevents+json; charset=utf-8")
    }

    @Test func buildsTheEnvelope() throws {
        let text = try body(.envelope, event())
        #expect(
            text == #"{"payload":{"b":1.0,  "a":[1e2]},"signature":"\#(Self.code)","#
                + #""timestamp":"2026-01-28T10:00:00.000Z"}"#
        )
        #expect(Array(text.utf8.dropFirst(11).dropLast(119)) == Array(Self.payload.utf8))
        #expect(try JSON.parse(text)["payload"] == JSON.parse(Self.payload))
    }

    @Test func sendsThePayloadAlone() throws {
        #expect(try body(.payload, event()) == Self.payload)
        #expect(try body(.payload, event(), secrets: [.generate(.ed25519)]) == Self.payload)
        #expect(PayloadFormat.payload.contentType == "application/json")
        #expect(PayloadFormat(rawValue: "payload") == .payload)
    }

    /// Svix's own receivers look for `svix-` first; all others know the standard's names.
    @Test func thePayloadAloneIsSignedUnderBothNames() throws {
        let signer = try WebhookSigner(secrets: [SigningSecret(text: Self.secret)])
        let bytes = Array(Self.payload.utf8)
        let signature = signer.headers(id: "msg_1", timestamp: Timestamp(milliseconds: 1_769_594_400_000), body: bytes)
        let headers = PayloadFormat.payload.headers(of: signature)
        #expect(
            headers.map(\.name) == [
                "webhook-id", "webhook-timestamp", "webhook-signature", "svix-id", "svix-timestamp", "svix-signature",
            ]
        )
        #expect(headers.prefix(3).map(\.value) == headers.suffix(3).map(\.value))
        for format in PayloadFormat.allCases where format != .payload {
            #expect(format.headers(of: signature).map(\.name) == signature.all.map(\.name))
        }
    }

    @Test func signsTheEnvelopeWithTheNewestHMACSecret() throws {
        let secret = try SigningSecret(text: Self.secret)
        let text = try body(.envelope, event(), secrets: [.generate(.ed25519), secret, .generate()])
        #expect(text.contains(Self.code))
        let error = #expect(throws: PayloadFormatError.self) {
            try body(.envelope, event(), secrets: [.generate(.ed25519)])
        }
        #expect(
            error?.description == "the format 'envelope' needs a secret that starts with 'whsec_'; accepted with "
                + "ed25519 are 'standard', 'cloudevents' and 'payload'"
        )
        #expect(PayloadFormat.allCases.filter(\.needsHMACSecret) == [.envelope])
    }

    @Test(arguments: [
        payload, "null", "0", #""""#, "[]", #"{"payload":{"signature":"x"}}"#, #"{"é":"🎬\u00e9"}"#,
        #"","signature":"#.quotedForJSON,
    ])
    func verifiesTheEnvelope(payload: String) throws {
        let body = Array(try body(.envelope, event(payload)).utf8)
        let verifier = try WebhookVerifier(secrets: [SigningSecret.generate().text, Self.secret])
        #expect(try verifier.verifyEnvelope(body: body) == Array(payload.utf8))
        let other = try WebhookVerifier(secrets: [SigningSecret.generate().text])
        #expect(throws: WebhookVerificationError.noMatchingSignature) { try other.verifyEnvelope(body: body) }
    }

    /// Every byte but those of the time is either signed or part of the frame.
    @Test func refusesChangedEnvelopes() throws {
        let body = Array(try body(.envelope, event()).utf8)
        let verifier = try WebhookVerifier(secrets: [Self.secret])
        let time = body.count - 26..<body.count - 2
        for index in body.indices where !time.contains(index) {
            var changed = body
            changed[index] ^= 1
            #expect(throws: WebhookVerificationError.self) { try verifier.verifyEnvelope(body: changed) }
        }
        for count in body.indices {
            #expect(throws: WebhookVerificationError.malformedEnvelope) {
                try verifier.verifyEnvelope(body: Array(body.prefix(count)))
            }
        }
    }

    @Test func checksTheSource() throws {
        for text in ["/hookline", "https://studio.example/a?b=c%20#d", "urn:uuid:1", "mailto:a@b.example"] {
            try PayloadFormat.checkSource(text)
        }
        for text in ["", "a b", "é", "a\"b", "a\nb", String(repeating: "a", count: 2049)] {
            #expect(throws: FieldError.self) { try PayloadFormat.checkSource(text) }
        }
    }
}

extension String {
    fileprivate var quotedForJSON: String { JSON.string(self).text }
}
