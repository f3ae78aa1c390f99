import HTTPTypes
import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorageTestSupport
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

/// The OpenFeature Remote Evaluation Protocol, 0.3.
@Suite struct OFREPRoutesTests {
    private static let features = """
        {"features": {
          "banner": {"defaultValue": false, "rules": [{"id": "dach", "condition": {"country": {"$in": ["DE", "AT"]}}, "force": true}]},
          "player": {"defaultValue": "old", "rules": [{"key": "player-test", "variations": ["old", "new"], "hashVersion": 2,
                     "meta": [{"key": "control"}, {"key": "new"}]}]},
          "speed": {"defaultValue": 1, "rules": [{"force": 1.5, "condition": {"plan": "pro"}}]},
          "retries": {"defaultValue": 3}, "theme": {"defaultValue": {"dark": true, "sizes": [1, 2]}},
          "gate": {"defaultValue": "x", "rules": [{"parentConditions": [{"id": "retries", "condition": {"value": 9}, "gate": true}],
                   "force": "y"}]},
          "rollout": {"defaultValue": "no", "rules": [{"force": "yes", "coverage": 1}]}
        }}
        """

    private static let path = "/ofrep/v1/evaluate/flags"

    private static func run(_ body: @escaping @Sendable (ServerHarness) async throws -> Void) async throws {
        try await ServerHarness.run { server in
            #expect(try await server.send(.post, "/v1/features", as: .write, body: features).status == .ok)
            try await body(server)
        }
    }

    /// A flag, a context, and what is answered beside the key.
    private static let answers: [(flag: String, context: String, answer: String)] = [
        (
            "banner", #"{"country": "DE"}"#,
            #""reason":"TARGETING_MATCH","variant":"dach","value":true,"metadata":{"source":"force","rule":"dach"}"#
        ),
        (
            "banner", #"{"targetingKey": "u"}"#,
            #""reason":"TARGETING_MATCH","variant":"default","value":false,"metadata":{"source":"defaultValue"}"#
        ),
        (
            "player", #"{"targetingKey": "user_1"}"#,
            #""reason":"SPLIT","variant":"new","value":"new","metadata":{"source":"experiment","experiment":"player-test"}"#
        ),
        // A whole number of a flag with fractions is no integer.
        (
            "speed", #"{}"#,
            #""reason":"TARGETING_MATCH","variant":"default","value":1.0,"metadata":{"source":"defaultValue"}"#
        ),
        (
            "speed", #"{"plan": "pro"}"#,
            #""reason":"TARGETING_MATCH","variant":"forced","value":1.5,"metadata":{"source":"force"}"#
        ),
        ("retries", #"{}"#, #""reason":"STATIC","variant":"default","value":3,"metadata":{"source":"defaultValue"}"#),
        (
            "theme", #"{}"#,
            #""reason":"STATIC","variant":"default","value":{"dark":true,"sizes":[1,2]},"metadata":{"source":"defaultValue"}"#
        ),
        // No value: the program has its own.
        ("gate", #"{}"#, #""reason":"DISABLED","variant":"none","metadata":{"source":"prerequisite"}"#),
        (
            "rollout", #"{"targetingKey": "u"}"#,
            #""reason":"SPLIT","variant":"forced","value":"yes","metadata":{"source":"force"}"#
        ),
    ]

    @Test func flagsAreAnsweredAsTheProtocolSays() async throws {
        try await Self.run { server in
            for (flag, context, expected) in Self.answers {
                let answer = try await server.send(
                    .post,
                    "\(Self.path)/\(flag)",
                    as: .client,
                    body: #"{"context": \#(context)}"#
                )
                #expect(answer.status == .ok)
                #expect(String(buffer: answer.body) == #"{"key":"\#(flag)",\#(expected)}"#)
            }
        }
    }

    /// A path, a body, the status and the answer's beginning.
    private static let failures: [(flag: String, body: String, status: Int, code: String)] = [
        ("nope", #"{"context": {}}"#, 404, "FLAG_NOT_FOUND"),
        ("%F0%9F%8E%AC", #"{"context": {}}"#, 404, "FLAG_NOT_FOUND"),
        ("player", #"{"context": {"country": "DE"}}"#, 400, "TARGETING_KEY_MISSING"),
        ("rollout", #"{"context": {}}"#, 400, "TARGETING_KEY_MISSING"), ("banner", #"{}"#, 400, "INVALID_CONTEXT"),
        ("banner", #"{"context": []}"#, 400, "INVALID_CONTEXT"),
        ("banner", #"{"context": {"targetingKey": 5}}"#, 400, "INVALID_CONTEXT"), ("banner", "{", 400, "PARSE_ERROR"),
        ("banner", #""text""#, 400, "PARSE_ERROR"),
        ("banner", #"{"context": {"a": "\#(String(repeating: "x", count: 300_000))"}}"#, 413, "GENERAL"),
    ]

    @Test func whatHasNoAnswerHasACode() async throws {
        try await Self.run { server in
            for (flag, body, status, code) in Self.failures {
                let answer = try await server.send(.post, "\(Self.path)/\(flag)", as: .client, body: body)
                let json = try answer.json
                #expect(answer.status.code == status && json["errorCode"]?.string == code, "\(flag) \(json)")
                #expect(
                    json["key"]?.string == (flag.hasPrefix("%") ? "🎬" : flag) && json["errorDetails"]?.string != nil
                )
            }
            #expect(
                try await server.send(.post, "\(Self.path)/banner", body: #"{"context": {}}"#).status == .unauthorized
            )
            let other = try await server.send(.post, "\(Self.path)/banner", as: .read, body: #"{"context": {}}"#)
            #expect(other.status == .forbidden)
            #expect(try other.json["errorCode"] == "GENERAL")
            // As providers may send it.
            var headers = HTTPFields()
            headers[.apiKey] = server.key(.client)
            let answer = try await server.send(
                .post,
                "\(Self.path)/banner",
                headers: headers,
                body: #"{"context": {}}"#
            )
            #expect(answer.status == .ok)
        }
    }

    @Test func aKeyBesideAnEmptyIdIsTheId() async throws {
        try await Self.run { server in
            let body = #"{"context": {"targetingKey": "user_1", "id": null}}"#
            let answer = try await server.send(.post, Self.path + "/player", as: .client, body: body)
            #expect(answer.status == .ok)
        }
    }

    @Test func whoSendsTooFastIsToldWhenToTryAgain() async throws {
        let configuration = ServerConfiguration(clientRate: RateLimit(requestsPerSecond: 1, burst: 2))
        try await ServerHarness.run(configuration: configuration) { server in
            for expected in [HTTPResponse.Status.notFound, .notFound, .tooManyRequests] {
                let answer = try await server.send(.post, "\(Self.path)/f", as: .client, body: #"{"context": {}}"#)
                #expect(answer.status == expected)
                #expect((answer.headers[.retryAfter] == "1") == (expected == .tooManyRequests))
            }
        }
    }

    @Test func oneFlagIsAnExposureAndAllOfThemAreNone() async throws {
        try await Self.run { server in
            let body = #"{"context": {"targetingKey": "zoë", "country": "DE"}}"#
            #expect(try await server.send(.post, Self.path, as: .client, body: body).status == .ok)
            #expect(try await server.storedEvents().isEmpty)
            for _ in 0..<3 { _ = try await server.send(.post, "\(Self.path)/player", as: .client, body: body) }
            _ = try await server.send(.post, "\(Self.path)/banner", as: .client, body: body)
            let events = try await server.storedEvents()
            #expect(events.map(\.userID) == ["zoë"] && events.map(\.type) == ["exposure"])
            let properties = try JSON.parse(events.first?.properties ?? "{}")
            #expect(properties["experiment_id"] == "player-test" && properties["variant"]?.string != nil)
        }
    }

    @Test func allFlagsComeWithATagAndTheStream() async throws {
        try await Self.run { server in
            let body = #"{"context": {"targetingKey": "user_1"}}"#
            let first = try await server.send(.post, Self.path, as: .client, body: body)
            let json = try first.json
            #expect(
                json["flags"]?.array?.map { $0["key"]?.string } == [
                    "banner", "gate", "player", "retries", "rollout", "speed", "theme",
                ]
            )
            let stream = json["eventStreams"]?[0]
            #expect(stream?["type"] == "sse")
            #expect(stream?["endpoint"]?["requestUri"]?.string == "/ofrep/v1/stream/\(server.key(.client))")
            let tag = try #require(first.headers[.eTag])
            let same = try await server.send(.post, Self.path, as: .client, headers: [.ifNoneMatch: tag], body: body)
            #expect(same.status == .notModified && same.body.readableBytes == 0 && same.headers[.eTag] == tag)
            // What others get is told to nobody.
            let other = try await server.send(
                .post,
                Self.path + "?flagConfigEtag=%22x%22&flagConfigLastModified=5",
                as: .client,
                headers: [.ifNoneMatch: tag],
                body: #"{"context": {"targetingKey": "user_1", "country": "DE"}}"#
            )
            #expect(other.status == .ok && other.headers[.eTag] != tag)
            // A key that may do more stands in no address.
            let own = try await server.send(.post, Self.path, as: .write, body: #"{"context": {}}"#)
            #expect(try own.json["eventStreams"]?[0]?["endpoint"]?["requestUri"] == "/ofrep/v1/stream")
            let missing = try own.json["flags"]?.array?.filter { $0["errorCode"] == "TARGETING_KEY_MISSING" }
            #expect(missing?.compactMap { $0["key"]?.string } == ["player", "rollout"])
        }
    }

    @Test func aStreamTellsProvidersToAskAgain() async throws {
        try await Self.run { server in
            let told = try await server.open("/ofrep/v1/stream/\(server.key(.client))", parts: 2)
            #expect(told.response.status == .ok)
            let lines = told.text.split(separator: "\n").filter { !$0.hasPrefix(":") && !$0.hasPrefix("retry") }
            #expect(lines.count == 3 && lines[0].hasPrefix("id: ") && lines[1] == "event: message")
            let data = try JSON.parse(String(lines[2].dropFirst(6)))
            #expect(data["type"] == "refetchEvaluation" && data["etag"]?.string == "\"\(lines[0].dropFirst(4))\"")
            #expect(data["lastModified"]?.integer == server.clock.now().milliseconds / 1000)
            // A caller inside the process has no key.
            let own = try await server.open("/ofrep/v1/stream", parts: 2)
            #expect(own.text.contains("refetchEvaluation"))
            for key in ["nonsense", server.key(.write)] {
                let status = try await server.send(.get, "/ofrep/v1/stream/\(key)").status
                #expect(status == (key == "nonsense" ? .unauthorized : .forbidden))
            }
        }
    }

    @Test func whatUnitsDidIsTracked() async throws {
        try await Self.run { server in
            let body = """
                {"events": [
                  {"id": "t1", "name": "purchase", "context": {"targetingKey": "u1"}, "value": 9.5, "details": {"currency": "EUR"}},
                  {"flag": "player", "context": {"targetingKey": "u1"}},
                  {"name": "exposure", "context": {"targetingKey": "u1"}}, {"name": "x", "context": {}}, {"flag": "nope", "context": {}},
                  {"name": "x", "context": {"targetingKey": "u1"}, "detail": {}}]}
                """
            let answer = try await server.send(.post, "/ofrep/v1/track", as: .client, body: body)
            #expect(answer.status == .accepted)
            let rejected = try answer.json["rejected"]?.array?.map {
                "\($0["index"]?.integer ?? -1) \($0["field"]?.string ?? "")"
            }
            #expect(
                rejected == [
                    "2 events[2].name", "3 context.targetingKey", "4 flag", "5 events[5].detail",
                ]
            )
            let events = try await server.storedEvents()
            #expect(Set(events.map(\.type)) == ["purchase", "exposure"])
            let purchase = try #require(events.first { $0.type == "purchase" })
            #expect(try JSON.parse(purchase.properties ?? "") == ["currency": "EUR", "value": 9.5])
        }
    }
}
