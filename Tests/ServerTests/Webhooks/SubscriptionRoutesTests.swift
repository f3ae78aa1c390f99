import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import HooklineWebhooks
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

@Suite struct SubscriptionRoutesTests {
    private static let path = ServerHarness.subscriptions

    @Test(arguments: TestDatabase.available)
    func aSubscriptionIsMadeShownListedChangedAndRemoved(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let body = """
                {"id": "hook/1", "url": "http://127.0.0.1:9/hook?a=1", "events": ["video.created", "batch.*"],
                "channels": ["eu"], "filter": {"n": {"$gt": 1}}, "description": "d", "metadata": {"team": "growth"},
                "format": "cloudevents", "retry": {"delays_seconds": [1, 2.5]}, "ordering": "by_key",
                "concurrency": 4, "rate_per_second": 0.5, "timeout_seconds": 5, "headers": {"X-Key": "hidden", "X-B": "b"}}
                """
            let made = try await server.send(.post, Self.path, as: .write, body: body)
            #expect(made.status == .created && made.headers[.location] == Self.path + "/hook%2F1")
            #expect(made.headers[.cacheControl] == "no-store")
            let secret = try #require(try made.json["secret"]?.string)
            #expect(secret.hasPrefix("whsec_"))
            let shown = try await server.send(.get, Self.path + "/hook%2F1", as: .read)
            let json = try shown.json
            for text in ["hidden", secret] { #expect(!String(buffer: shown.body).contains(text)) }
            #expect(json["events"] == ["video.created", "batch.*"] && json["channels"] == ["eu"])
            #expect(json["filter"]?.text == #"{"n":{"$gt":1}}"# && json["retry"] == ["delays_seconds": [1, 2.5]])
            #expect(json["format"] == "cloudevents" && json["ordering"] == "by_key" && json["concurrency"] == 4)
            #expect(json["rate_per_second"] == 0.5 && json["timeout_seconds"] == 5 && json["tenant"] == .null)
            #expect(json["header_names"] == ["X-Key", "X-B"] && json["has_client_certificate"] == false)
            #expect(
                json["enabled"] == true && json["disabled_reason"] == .null && json["metadata"] == ["team": "growth"]
            )
            #expect(json["secret"] == nil && json["public_key"] == nil)
            #expect(try await server.get(Self.path)["items"]?.array == [json])
            #expect(try await server.problem(.post, Self.path, body) == "409 subscription_exists id")

            let change =
                #"{"description": null, "headers": {"x-key": null, "X-C": "c", "x-b": "new"}, "rate_per_second": null}"#
            let changed = try await server.send(.patch, Self.path + "/hook%2F1", as: .write, body: change).json
            #expect(changed["header_names"] == ["x-b", "X-C"] && changed["description"] == "")
            #expect(changed["rate_per_second"] == .null && changed["concurrency"] == 4)
            let cleared = try await server.send(
                .patch,
                Self.path + "/hook%2F1",
                as: .write,
                body: #"{"headers": null}"#
            ).json
            #expect(cleared["header_names"] == [])

            #expect(try await server.send(.delete, Self.path + "/hook%2F1", as: .write).status == .noContent)
            for (method, suffix) in Self.pathsOfOne {
                let problem = try await server.problem(
                    method,
                    Self.path + "/hook%2F1" + suffix,
                    as: .write,
                    Self.bodies[suffix]
                )
                #expect(problem == "404 subscription_unknown -", "\(method) \(suffix)")
            }
        }
    }

    private static let pathsOfOne: [(HTTPRequest.Method, String)] = [
        (.get, ""), (.patch, ""), (.delete, ""), (.post, "/enable"), (.post, "/disable"), (.post, "/verify"),
        (.post, "/rotate-secret"), (.post, "/replay"), (.get, "/stats"), (.get, "/undelivered"),
    ]
    private static let bodies = ["": "{}", "/replay": #"{"position": 0}"#]

    /// What is sent as a subscription, and the field that the answer names.
    private static let bad: [(String, String)] = [
        (#"{"events": ["*"]}"#, "url"), (#"{"url": "http://127.0.0.1/"}"#, "events"),
        (#"{"url": "nowhere", "events": ["*"]}"#, "url"), (#"{"url": "http://10.0.0.1/", "events": ["*"]}"#, "url"),
        (#"{"url": "http://127.0.0.1/", "events": []}"#, "events"),
        (#"{"url": "http://127.0.0.1/", "events": ["video.burned"]}"#, "events"),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "tenant": "nobody"}"#, "tenant"),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "evnets": []}"#, "evnets"),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "id": ""}"#, "id"),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "secret": "abc"}"#, "secret"),
        (
            #"{"url": "http://127.0.0.1/", "events": ["*"], "secret": "whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#,
            "secret"
        ),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "headers": {"Host": "a"}}"#, "headers"),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "headers": {"X-A": "1", "x-a": "2"}}"#, "headers"),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "headers": {"X-A": 1}}"#, "headers.X-A"),
        (
            #"{"url": "http://127.0.0.1/", "events": ["*"], "client_certificate": {"certificate": "a"}}"#,
            "client_certificate.private_key"
        ),
        (
            #"{"url": "http://127.0.0.1/", "events": ["*"], "client_certificate": {"certificate": "a", "private_key": "b"}}"#,
            "client_certificate"
        ),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "filter": {"n": {"$near": 1}}}"#, "filter.n.$near"),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "start": "later"}"#, "start"),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "start": {}}"#, "start"),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "start": {"since": "x"}}"#, "start.since"),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "start": {"position": 1, "since": 0}}"#, "start"),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "start": {"position": -1}}"#, "start.position"),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "start": {"at": 1}}"#, "start.at"),
        (#"{"url": "http://127.0.0.1/", "events": ["*"], "verify": 1}"#, "verify"),
    ]

    @Test func namesTheFieldOfABadSubscriptionAndAddsNothing() async throws {
        try await ServerHarness.run { server in
            for (body, field) in Self.bad {
                #expect(try await server.problem(.post, Self.path, body) == "422 invalid_field \(field)", "\(body)")
            }
            let start = #"{"url": "http://127.0.0.1/", "events": ["*"], "start": {"event_id": "x"}}"#
            #expect(try await server.problem(.post, Self.path, start) == "404 event_unknown -")
            #expect(try await server.get(Self.path)["items"] == [])
            #expect(try await server.problem(.post, Self.path, as: .read, "{}") == "403 scope_missing -")

            let id = try await server.subscribe()["id"]?.string ?? ""
            for (body, field) in [
                (#"{"url": null}"#, "url"), (#"{"events": null}"#, "events"), (#"{"secret": "whsec_"}"#, "secret"),
                (#"{"tenant": "t"}"#, "tenant"), (#"{"events": ["video.burned"]}"#, "events"),
                (#"{"headers": {"Host": "a"}}"#, "headers"), (#"{"concurrency": 0}"#, "concurrency"),
            ] {
                let problem = try await server.problem(.patch, Self.path + "/\(id)", body)
                #expect(problem == "422 invalid_field \(field)", "\(body)")
            }
        }
    }

    @Test func aSecretIsRotatedWithGrace() async throws {
        try await ServerHarness.run { server in
            let given = SigningSecret.generate().text
            let made = try await server.subscribe(#""secret": "\#(given)""#)
            #expect(made["secret"]?.string == given)
            let id = try #require(made["id"]?.string)
            let rotate = Self.path + "/\(id)/rotate-secret"
            server.clock.advance(byMilliseconds: 10)
            let rotated = try await server.send(.post, rotate, as: .write)
            #expect(rotated.status == .ok && rotated.headers[.cacheControl] == "no-store")
            let new = try #require(try rotated.json["secret"]?.string)
            #expect(new.hasPrefix("whsec_") && new != given)
            server.clock.advance(byMilliseconds: 10)
            let mine = SigningSecret.generate().text
            let body = #"{"secret": "\#(mine)", "grace_seconds": 60}"#
            #expect(try await server.send(.post, rotate, as: .write, body: body).json == ["secret": .string(mine)])
            let keys = try await server.webhooks.signingSecrets(of: Identifier(unchecked: id))
            #expect(keys.map(\.secret.text) == [mine, new, given])
            // None signs longer than the last rotation says.
            let end = server.clock.now().advanced(byMilliseconds: 60_000)
            #expect(keys.map(\.expiresAt) == [nil, end, end])

            for (body, field) in [
                (#"{"grace_seconds": 604801}"#, "grace_seconds"), (#"{"kind": "rsa"}"#, "kind"),
                (#"{"kind": "ed25519"}"#, "kind"), (#"{"secret": "whsec_!"}"#, "secret"),
                (#"{"secret": "\#(mine)", "kind": "ed25519"}"#, "kind"), (#"{"secrets": 1}"#, "secrets"),
            ] {
                #expect(try await server.problem(.post, rotate, body) == "422 invalid_field \(field)")
            }
        }
    }

    @Test func whoVerifiesByAPublicKeyIsToldIt() async throws {
        try await ServerHarness.run { server in
            let made = try await server.subscribe(#""id": "e", "ed25519": true"#)
            let key = try #require(made["public_key"]?.string)
            #expect(key.hasPrefix("whpk_"))
            #expect(try await server.get(Self.path + "/e")["public_key"]?.string == key)
            let signers = try await server.webhooks.signingSecrets(of: "e").map(\.secret.kind)
            #expect(signers == [.hmac, .ed25519])
            server.clock.advance(byMilliseconds: 10)
            let rotated = try await server.send(
                .post,
                Self.path + "/e/rotate-secret",
                as: .write,
                body: #"{"kind": "ed25519"}"#
            )
            let next = try #require(try rotated.json["public_key"]?.string)
            #expect(next != key && next.hasPrefix("whpk_"))
            #expect(try rotated.json["secret"] == nil)
            #expect(try await server.get(Self.path + "/e")["public_key"]?.string == next)

            _ = try await server.subscribe(#""id": "later""#)
            let later = try await server.send(.patch, Self.path + "/later", as: .write, body: #"{"ed25519": true}"#)
            let first = try #require(try later.json["public_key"]?.string)
            let off = try await server.send(.patch, Self.path + "/later", as: .write, body: #"{"ed25519": false}"#)
            #expect(try off.json["ed25519"] == false && off.json["public_key"] == nil)
            let on = try await server.send(.patch, Self.path + "/later", as: .write, body: #"{"ed25519": true}"#)
            let second = try #require(try on.json["public_key"]?.string)
            #expect(second != first && second.hasPrefix("whpk_"))
        }
    }

    @Test func aClientCertificateIsTakenAndNotTold() async throws {
        try await ServerHarness.run { server in
            let certificate: JSON = [
                "certificate": .string(ClientCertificateFixture.certificate),
                "private_key": .string(ClientCertificateFixture.privateKey),
            ]
            let made = try await server.subscribe(#""id": "c", "client_certificate": \#(certificate.text)"#)
            #expect(made["has_client_certificate"] == true && !made.text.contains("PRIVATE KEY"))
            let body = #"{"client_certificate": null}"#
            let changed = try await server.send(.patch, Self.path + "/c", as: .write, body: body)
            #expect(try changed.json["has_client_certificate"] == false)
        }
    }

    @Test(arguments: TestDatabase.available)
    func isDisabledAndEnabled(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let made = try await server.subscribe(#""id": "s", "enabled": false"#)
            #expect(made["enabled"] == false && made["disabled_reason"] == "requested")
            #expect(made["disabled_at"] == "2026-01-28T10:00:00.000Z")
            let enabled = try await server.send(.post, Self.path + "/s/enable", as: .write)
            #expect(try enabled.status == .ok && enabled.json["enabled"] == true)
            let disabled = try await server.send(.post, Self.path + "/s/disable", as: .write)
            #expect(try disabled.status == .ok && disabled.json["disabled_reason"] == "requested")

            _ = try await server.subscribe(#""id": "v", "verify": true"#)
            #expect(try await server.get(Self.path + "/v")["disabled_reason"] == "unverified")
            #expect(try await server.problem(.post, Self.path + "/v/enable") == "409 verification_failed -")
        }
    }

    @Test func startsWithPastEvents() async throws {
        try await ServerHarness.run { server in
            for number in 1...3 { try await server.tell(#""id": "e\#(number)""#) }
            try await server.dispatch()
            for (start, position) in [
                (#"{"event_id": "e2"}"#, JSON.integer(2)), (#"{"position": 3}"#, 3),
                (#"{"since": "2026-01-28T09:00:00Z"}"#, 1),
            ] {
                let made = try await server.subscribe(#""start": \#(start)"#)
                #expect(made["replay"]?["next_position"] == position && made["replay"]?["end_position"] == 4)
                #expect(made["replay"]?["subscription_id"] == made["id"])
            }
            #expect(try await server.subscribe(#""start": "now""#)["replay"] == nil)
        }
    }

    // MARK: Verification

    /// How a receiver answers the challenge, and what the caller is told.
    private static let answers: [(@Sendable (String) -> Response, problem: String?)] = [
        ({ Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: $0))) }, nil),
        ({ Response(status: .created, body: .init(byteBuffer: ByteBuffer(string: " \($0)\r\n"))) }, nil),
        ({ Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: #"{"challenge": "\#($0)"}"#))) }, nil),
        ({ _ in Response(status: .ok) }, "answered 200, and its body does not repeat"),
        ({ _ in Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "private"))) }, "does not repeat"),
        ({ Response(status: .forbidden, body: .init(byteBuffer: ByteBuffer(string: $0))) }, "answered 403"),
    ]

    @Test(arguments: answers.indices, PayloadFormat.allCases)
    func aReceiverProvesThatItWantsEvents(_ index: Int, _ format: PayloadFormat) async throws {
        let (answer, problem) = Self.answers[index]
        let respond: @Sendable (LoopbackReceiver.Received) -> Response = { received in
            answer(Self.challenge(in: received.body) ?? "none")
        }
        try await LoopbackReceiver.run(answer: respond) { receiver, url in
            try await ServerHarness.run { server in
                let made = try await server.subscribe(
                    #""id": "v", "verify": true, "format": "\#(format.rawValue)""#,
                    url: url
                )
                let verified = try await server.send(.post, Self.path + "/v/verify", as: .write)
                if let problem {
                    #expect(verified.status == .conflict)
                    #expect(try verified.code == "verification_failed")
                    #expect(try verified.json["detail"]?.string?.contains(problem) == true)
                    #expect(!String(buffer: verified.body).contains("private"))
                    #expect(try await server.get(Self.path + "/v")["disabled_reason"] == "unverified")
                } else {
                    #expect(verified.status == .ok)
                    #expect(try verified.json["enabled"] == true && verified.json["disabled_reason"] == .null)
                }
                let request = try #require(receiver.received.first)
                #expect(receiver.received.count == 1)
                let verifier = try WebhookVerifier(secrets: [made["secret"]?.string ?? ""])
                let headers = request.headers.map { (name: $0.name.canonicalName, value: $0.value) }
                #expect(throws: Never.self) {
                    try verifier.verify(body: request.body, headers: headers, now: server.clock.now())
                }
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func aNewURLHasToProveItself(_ test: TestDatabase) async throws {
        let respond: @Sendable (LoopbackReceiver.Received) -> Response = { received in
            let challenge = Self.challenge(in: received.body) ?? "none"
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: challenge)))
        }
        try await LoopbackReceiver.run(answer: respond) { _, url in
            try await ServerHarness.run(on: test) { server in
                func change(_ id: String, _ body: String) async throws -> JSON {
                    let answer = try await server.send(.patch, Self.path + "/\(id)", as: .write, body: body)
                    #expect(answer.status == .ok)
                    return try answer.json
                }
                let made = try await server.subscribe(#""id": "v", "verify": true"#, url: url)
                #expect(made["verify"] == true && made["disabled_reason"] == "unverified")
                let verified = try await server.send(.post, Self.path + "/v/verify", as: .write)
                #expect(try verified.json["enabled"] == true)
                // The same url is none that is new.
                let same = try await change("v", #"{"url": "\#(url)", "description": "d"}"#)
                #expect(same["enabled"] == true && same["description"] == "d")

                let moved = try await change("v", #"{"url": "\#(url)?new"}"#)
                #expect(moved["enabled"] == false && moved["disabled_reason"] == "unverified")
                #expect(moved["disabled_at"] == "2026-01-28T10:00:00.000Z")
                #expect(try await server.problem(.post, Self.path + "/v/enable") == "409 verification_failed -")
                let again = try await server.send(.post, Self.path + "/v/verify", as: .write)
                #expect(try again.json["enabled"] == true && again.json["disabled_at"] == .null)

                // It is disabled for as long as it was, and enabled by the proof only.
                _ = try await server.send(.post, Self.path + "/v/disable", as: .write)
                server.clock.advance(byMilliseconds: 60_000)
                let disabled = try await change("v", #"{"url": "\#(url)"}"#)
                #expect(disabled["disabled_reason"] == "unverified")
                #expect(disabled["disabled_at"] == "2026-01-28T10:00:00.000Z")
                #expect(try await server.problem(.post, Self.path + "/v/enable") == "409 verification_failed -")
                let last = try await server.send(.post, Self.path + "/v/verify", as: .write)
                #expect(try last.json["enabled"] == true)

                let free = try await server.subscribe(#""id": "free""#, url: url)
                #expect(free["verify"] == false)
                #expect(try await change("free", #"{"url": "\#(url)?new"}"#)["enabled"] == true)
            }
        }
    }

    @Test func aReceiverThatIsNotThereProvesNothing() async throws {
        try await ServerHarness.run { server in
            _ = try await server.subscribe(#""id": "v", "verify": true"#, url: "http://127.0.0.1:1/")
            let answer = try await server.send(.post, Self.path + "/v/verify", as: .write)
            #expect(answer.status == .conflict)
            #expect(try answer.json["detail"]?.string?.contains("connect") == true)
        }
    }

    /// The 32 hexadecimal digits, wherever the format has them.
    private static func challenge(in body: [UInt8]) -> String? {
        let text = String(decoding: body, as: UTF8.self)
        guard let start = text.firstRange(of: #""challenge":""#)?.upperBound else { return nil }
        return String(text[start...].prefix(32))
    }
}
