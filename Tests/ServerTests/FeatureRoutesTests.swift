import HTTPTypes
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

/// Features and saved groups by HTTP.
@Suite struct FeatureRoutesTests {
    private static let player = """
        {"defaultValue": "old", "rules": [{"condition": {"country": {"$inGroup": "dach"}}, "force": "new", "coverage": 0.5}]}
        """

    @Test(arguments: TestDatabase.available)
    func aFeatureIsWrittenChangedAndDeleted(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let group = try await server.send(.put, "/v1/saved-groups/dach", as: .write, body: #"["DE", "AT"]"#)
            #expect(group.status == .created && group.headers[.location] == "/v1/saved-groups/dach")
            let made = try await server.send(.put, "/v1/features/player", as: .write, body: Self.player)
            #expect(made.status == .created && made.headers[.eTag] == "\"1\"")
            #expect(try made.json["definition"]?["defaultValue"] == "old")
            // The same again is no change.
            let again = try await server.send(.put, "/v1/features/player", as: .write, body: Self.player)
            #expect(again.status == .ok && again.headers[.eTag] == "\"1\"")
            let other = try await server.send(.put, "/v1/features/player", as: .write, body: #"{"defaultValue": 1}"#)
            #expect(other.headers[.eTag] == "\"2\"")
            #expect(try await server.send(.get, "/v1/features/player", as: .read).json["version"] == 2)
            #expect(try await server.send(.delete, "/v1/features/player", as: .write).status == .noContent)
            #expect(try await server.problem(.get, "/v1/features/player") == "404 feature_unknown key")

            let versions = try await server.send(.get, "/v1/features/player/versions", as: .read).json["items"]?.array
            #expect(versions?.map { $0["version"] } == [1, 2, 3])
            #expect(versions?.map { $0["deleted"] } == [false, false, true])
            let actors = Set(versions?.compactMap { $0["actor"]?.string } ?? [])
            #expect(actors.count == 1 && actors.first?.count == 12, "the id of the key that did it")
            let first = try await server.send(.get, "/v1/features/player/versions/1", as: .read).json
            #expect(first["definition"]?["rules"]?[0]?["coverage"] == 0.5)
            // Made anew, it goes on counting.
            let anew = try await server.send(.put, "/v1/features/player", as: .write, body: Self.player)
            #expect(anew.status == .created && anew.headers[.eTag] == "\"4\"")
        }
    }

    @Test func aWriteMayDependOnAVersion() async throws {
        try await ServerHarness.run { server in
            let writes: [(value: Int, headers: HTTPFields, status: HTTPResponse.Status)] = [
                (1, [.ifMatch: "\"1\""], .preconditionFailed), (1, [.ifNoneMatch: "*"], .created),
                (2, [.ifNoneMatch: "*"], .preconditionFailed), (2, [.ifMatch: "\"1\""], .ok),
                (3, [.ifMatch: "\"1\""], .preconditionFailed), (3, [.ifMatch: "1"], .unprocessableContent),
            ]
            for (value, headers, status) in writes {
                let body = #"{"defaultValue": \#(value)}"#
                let answer = try await server.send(.put, "/v1/features/f", as: .write, headers: headers, body: body)
                #expect(answer.status == status)
            }
            #expect(try await server.send(.get, "/v1/features/f", as: .read).json["definition"]?["defaultValue"] == 2)
        }
    }

    /// What is sent, and what the answer names.
    @Test(arguments: [
        (#"{}"#, "defaultValue"), (#"[]"#, ""), (#"{"defaultValue": 1, "rule": []}"#, "rule"),
        (#"{"defaultValue": 1, "rules": [{"force": 1, "coverge": 0.1}]}"#, "rules[0].coverge"),
        (
            #"{"defaultValue": 1, "rules": [{"force": 1, "condition": {"a": {"$near": 1}}}]}"#,
            "rules[0].condition.a.$near"
        ),
        (
            #"{"defaultValue": 1, "rules": [{"force": 1, "condition": {"a": {"$inGroup": "x"}}}]}"#,
            "rules[0].condition.a.$inGroup"
        ),
        (#"{"defaultValue": 1, "rules": [{"force": 1, "parentConditions": [{"id": "f"}]}]}"#, ""),
        (#"{"defaultValue": 1, "rules": [{"experiment": "none", "values": {}}]}"#, "rules[0].experiment"),
        (
            #"{"defaultValue": 1, "rules": [{"force": 1, "ramp": [{"at": "soon", "coverage": 1}]}]}"#,
            "rules[0].ramp[0].at"
        ),
        (#"{"defaultValue": 1, "rules": [{"force": 1, "from": 5, "until": 5}]}"#, "rules[0].until"),
        (#"{"defaultValue": 1, "holdout": {"experiment": "none"}}"#, "holdout.experiment"),
    ])
    func whatIsWrongIsNamedAndNothingGoesLive(_ body: String, _ field: String) async throws {
        try await ServerHarness.run { server in
            let answer = try await server.send(.put, "/v1/features/f", as: .write, body: body)
            #expect(answer.status == .unprocessableContent)
            #expect(try answer.json["field"]?.string == field, "\(String(buffer: answer.body))")
            #expect(try await server.send(.get, "/v1/features", as: .read).json["items"]?.array?.isEmpty == true)
        }
    }

    @Test func whatIsNeededStays() async throws {
        try await ServerHarness.run { server in
            _ = try await server.send(.put, "/v1/saved-groups/dach", as: .write, body: #"["DE"]"#)
            _ = try await server.send(.put, "/v1/features/player", as: .write, body: Self.player)
            #expect(try await server.problem(.delete, "/v1/saved-groups/dach") == "409 in_use key")
            #expect(try await server.problem(.delete, "/v1/features/none") == "404 feature_unknown key")
            // Also where the name of the one that needs it begins with its own.
            let parent = #"{"defaultValue": 1, "rules": [{"force": 2, "parentConditions": [{"id": "hook"}]}]}"#
            _ = try await server.send(.put, "/v1/features/hook", as: .write, body: #"{"defaultValue": 1}"#)
            #expect(try await server.send(.put, "/v1/features/hook-2", as: .write, body: parent).status == .created)
            #expect(try await server.problem(.delete, "/v1/features/hook") == "409 in_use key")
            #expect(
                try await server.problem(.put, "/v1/features/$own", #"{"defaultValue": 1}"#) == "422 invalid_field key"
            )
        }
    }

    @Test func aPayloadIsWrittenAllOrNone() async throws {
        try await ServerHarness.run { server in
            let bad = #"{"features": {"a": {"defaultValue": 1}, "b": {"defaultValue": 1, "rules": [{}]}}}"#
            #expect(try await server.problem(.post, "/v1/features", bad) == "422 invalid_field features.b.rules[0]")
            #expect(try await server.problem(.get, "/v1/features/a") == "404 feature_unknown key")
            let payload = #"{"features": {"player": \#(Self.player)}, "savedGroups": {"dach": ["DE"]}}"#
            let written = try await server.send(.post, "/v1/features", as: .write, body: payload)
            #expect(try written.json["items"]?.array?.map { $0["status"] } == ["created", "created"])
            let again = try await server.send(.post, "/v1/features", as: .write, body: payload)
            #expect(try again.json["items"]?.array?.map { $0["status"] } == ["unchanged", "unchanged"])
        }
    }

    @Test func theOutboxIsTold() async throws {
        try await ServerHarness.run { server in
            _ = try await server.send(.put, "/v1/features/f", as: .write, body: #"{"defaultValue": 1}"#)
            _ = try await server.send(.delete, "/v1/features/f", as: .write)
            let told = try await server.database.read { transaction in
                try transaction.rows("SELECT type, payload FROM hookline_domain_events ORDER BY sequence").map {
                    (try $0.text("type"), try JSON.parse(try $0.text("payload")))
                }
            }
            #expect(told.map(\.0) == ["feature.changed", "feature.deleted"])
            #expect(told.first?.1["change"] == "created" && told.first?.1["definition"]?["defaultValue"] == 1)
        }
    }

    @Test func stickyBucketsAreKeptAndForgotten() async throws {
        try await ServerHarness.run { server in
            let path = "/v1/sticky-buckets/id/zo%C3%AB"
            #expect(try await server.send(.get, path, as: .client).json["assignments"]?.object?.isEmpty == true)
            for (name, key) in [("a__0", "x"), ("b__1", "y")] {
                let body = #"{"assignments": {"\#(name)": "\#(key)"}}"#
                #expect(try await server.send(.put, path, as: .client, body: body).status == .ok)
            }
            let kept = try await server.send(.get, path, as: .client).json
            #expect(kept["attributeValue"] == "zoë")
            #expect(kept["assignments"] == ["a__0": "x", "b__1": "y"])
            #expect(
                try await server.problem(.put, path, #"{"assignments": {"a": 1}}"#) == "422 invalid_field assignments.a"
            )
            // What is kept of a unit has its limit, however many calls bring it.
            let many = (0..<999).map { #""e\#($0)__0": "x""# }.joined(separator: ",")
            #expect(
                try await server.problem(.put, path, #"{"assignments": {\#(many)}}"#) == "422 invalid_field assignments"
            )
            #expect(try await server.send(.get, path, as: .client).json["assignments"]?.object?.count == 2)
            _ = try await server.send(.delete, "/v1/users/zo%C3%AB", as: .write)
            #expect(try await server.send(.get, path, as: .client).json["assignments"]?.object?.isEmpty == true)
        }
    }

    private static let calls: [(HTTPRequest.Method, String, String?, HTTPResponse.Status)] = [
        (.put, "/v1/saved-groups/g", #"["DE", 1, true]"#, .created), (.put, "/v1/saved-groups/g", #"["DE"]"#, .ok),
        (.put, "/v1/saved-groups/g", #"[[]]"#, .unprocessableContent), (.put, "/v1/saved-groups/g", "[", .badRequest),
        (.get, "/v1/saved-groups", nil, .ok), (.get, "/v1/saved-groups/g", nil, .ok),
        (.get, "/v1/saved-groups/x", nil, .notFound), (.get, "/v1/saved-groups/g/versions", nil, .ok),
        (.get, "/v1/saved-groups/x/versions", nil, .notFound), (.get, "/v1/saved-groups/g/versions/1", nil, .ok),
        (.get, "/v1/saved-groups/g/versions/7", nil, .notFound),
        (
            .put, "/v1/features/f", #"{"defaultValue": {"a": [1]}, "description": "d", "metadata": {"tags": ["x"]}}"#,
            .created
        ),
        (
            .put, "/v1/features/f",
            #"{"defaultValue": 1, "rules": [{"force": 2, "ramp": [{"at": 5, "coverage": 0.1}]}]}"#, .ok
        ),
        (.get, "/v1/features?limit=1", nil, .ok), (.get, "/v1/features?limit=0", nil, .unprocessableContent),
        (.get, "/v1/features?cursor=%00", nil, .unprocessableContent),
        (.get, "/v1/features/f", nil, .ok), (.get, "/v1/features/f/versions?limit=1", nil, .ok),
        (.get, "/v1/features/f/versions?cursor=x", nil, .unprocessableContent),
        (.get, "/v1/features/f/versions/2", nil, .ok),
        (.get, "/v1/features/f/versions/x", nil, .unprocessableContent),
        (.post, "/v1/features", #"{"features": {}}"#, .ok),
        (.post, "/v1/features", #"{"features": {"n": {"defaultValue": 1}}}"#, .ok),
        (.post, "/v1/features", #"{"feature": {}}"#, .unprocessableContent),
        (.delete, "/v1/features/n", nil, .noContent), (.delete, "/v1/features/n", nil, .notFound),
        (.get, "/v1/features/n/versions", nil, .ok), (.get, "/v1/sticky-buckets/id/u", nil, .ok),
        (.put, "/v1/sticky-buckets/id/u", #"{"assignments": {"a__0": "x"}}"#, .ok),
        (.put, "/v1/sticky-buckets/id/u", #"{}"#, .unprocessableContent),
    ]

    @Test func everyAnswerIsAsDescribed() async throws {
        try await ServerHarness.run { server in
            let description = try await APIDescription(server)
            for (method, path, body, status) in Self.calls {
                let answer = try await server.send(method, path, as: .write, body: body)
                #expect(answer.status == status, "\(method) \(path) \(String(buffer: answer.body))")
                #expect(try description.problems(method, path, answer) == [], "\(method) \(path)")
            }
            let headers: HTTPFields = [.ifMatch: "\"9\""]
            let answer = try await server.send(
                .put,
                "/v1/features/f",
                as: .write,
                headers: headers,
                body: #"{"defaultValue": 1}"#
            )
            #expect(answer.status == .preconditionFailed)
            #expect(try description.problems(.put, "/v1/features/f", answer) == [])
        }
    }
}
