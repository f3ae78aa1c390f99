import HTTPTypes
import HooklinePrimitives
import HummingbirdTesting
import Testing

@testable import HooklineServer

/// Every operation of metrics, and what experiments and results tell of them, is answered as the OpenAPI document says.
@Suite struct MetricDescriptionTests {
    /// A metric of every kind, with all that it may have.
    private static let kinds = [
        #""kind": "proportion", "event": "click", "where": {"device": "phone"}, "covariate": {"days": 7}"#,
        #""kind": "count", "event": "click", "delay_seconds": 1, "window_seconds": 60, "cap": 3"#,
        #""kind": "sum", "event": "watch", "property": "s", "cap": {"percentile": 0.9, "ignore_zeros": true}"#,
        #""kind": "mean", "event": "watch", "property": "s", "covariate": {"event": "watch", "property": "s", "cap": 9}"#,
        #"""
        "kind": "ratio", "numerator": {"event": "watch", "property": "s", "cap": 9, "where": {"n": {"$gt": 1}}},
        "denominator": {"event": "view"}, "role": "guardrail", "margin": 0.02, "direction": "decrease"
        """#,
        #""kind": "quantile", "event": "watch", "property": "s", "quantile": 0.9"#,
        #""kind": "quantile", "event": "watch", "quantile": 0.5, "of": "units", "ignore_zeros": true"#,
        #""kind": "retention", "event": "view", "from_day": 1, "until_day": 8, "role": "secondary""#,
        #""kind": "funnel", "steps": [{"event": "view"}, {"event": "click", "where": {"n": 1}}], "base": "previous_step""#,
        #""kind": "observation""#,
    ]

    private static let calls: [(HTTPRequest.Method, String, String?, HTTPResponse.Status)] = [
        (.post, "", #"{"id": "a", "description": "d"}"#, .created), (.post, "", #"{"id": "a"}"#, .conflict),
        (.post, "", #"{"id": "b", "kind": "x"}"#, .unprocessableContent), (.post, "", "{", .badRequest),
        (.get, "?limit=3&archived=false", nil, .ok), (.get, "?limit=0", nil, .unprocessableContent),
        (.get, "/a", nil, .ok), (.get, "/x", nil, .notFound), (.patch, "/a", #"{"direction": "decrease"}"#, .ok),
        (.patch, "/a", #"{"kind": "x"}"#, .unprocessableContent), (.patch, "/x", "{}", .notFound),
        (.get, "/a/versions", nil, .ok), (.get, "/x/versions", nil, .notFound), (.get, "/a/versions/1", nil, .ok),
        (.get, "/a/versions/9", nil, .notFound), (.get, "/a/versions/x", nil, .unprocessableContent),
        (.get, "/kind-0/experiments", nil, .ok), (.get, "/x/experiments", nil, .notFound),
        (.post, "/a/archive", nil, .ok), (.patch, "/a", "{}", .conflict), (.post, "/x/archive", nil, .notFound),
        (.post, "/a/restore", nil, .ok), (.post, "/x/restore", nil, .notFound),
    ]

    @Test func everyAnswerIsAsDescribed() async throws {
        try await ServerHarness.run { server in
            let description = try await APIDescription(server)
            func check(
                _ method: HTTPRequest.Method,
                _ path: String,
                _ body: String?,
                _ status: HTTPResponse.Status
            ) async throws {
                let answer = try await server.send(method, path, as: .write, body: body)
                #expect(answer.status == status, "\(method) \(path)")
                #expect(try description.problems(method, path, answer) == [], "\(method) \(path)")
            }
            for (index, kind) in Self.kinds.enumerated() {
                try await check(.post, "/v1/metrics", #"{"id": "kind-\#(index)", \#(kind)}"#, .created)
                try await check(.get, "/v1/metrics/kind-\(index)/versions", nil, .ok)
            }
            let named = Self.kinds.indices.map { #"{"use": "kind-\#($0)"}"# }
            let written = Self.kinds.enumerated().map { #"{"name": "written-\#($0)", \#($1)}"# }
            let body = """
                {"id": "hooks", "name": "Hooks", "variants": ["control", "question"], "dimensions": ["country"],
                "metrics": [\((named + written).joined(separator: ", "))]}
                """
            try await check(.post, "/v1/experiments", body, .created)
            try await check(.patch, "/v1/experiments/hooks", #"{"description": "d"}"#, .ok)
            try await check(.post, "/v1/experiments/hooks/start", nil, .ok)
            for (method, path, body, status) in Self.calls {
                try await check(method, "/v1/metrics" + path, body, status)
            }
            let added = #"{"use": "a", "name": "added"}"#
            try await check(.post, "/v1/experiments/hooks/metrics", added, .unprocessableContent)
            try await check(.patch, "/v1/metrics/a", #"{"kind": "count", "event": "click"}"#, .ok)
            try await check(.post, "/v1/experiments/hooks/metrics", added, .accepted)
            try await check(.post, "/v1/experiments/nope/metrics", added, .notFound)
            try await check(.post, "/v1/experiments/hooks/recount", nil, .ok)
            try await check(.delete, "/v1/users/u1", nil, .ok)
            try await check(.get, "/v1/experiments", nil, .ok)
        }
    }

    @Test func resultsAreAsDescribed() async throws {
        try await ServerHarness.run { server in
            let description = try await APIDescription(server)
            let metrics = Self.kinds.enumerated().map { #"{"name": "m-\#($0)", \#($1)}"# }
            let body = """
                {"id": "hooks", "name": "Hooks", "variants": ["control", "question"], "dimensions": ["country"],
                "metrics": [\(metrics.joined(separator: ", "))]}
                """
            #expect(try await server.send(.post, "/v1/experiments", as: .write, body: body).status == .created)
            #expect(try await server.send(.post, "/v1/experiments/hooks/start", as: .write).status == .ok)
            let exposures = (0..<40).map { number in
                let country = number.isMultiple(of: 3) ? "" : #", "country": "DE""#
                return """
                    {"type": "exposure", "user_id": "u\(number)", "properties": {"experiment_id": "hooks"\(country)}},
                    {"type": "watch", "user_id": "u\(number)", "properties": {"s": \(number % 7), "n": 2}},
                    {"type": "view", "user_id": "u\(number)"}
                    """
            }
            let events = "[\(exposures.joined(separator: ", "))]"
            #expect(try await server.send(.post, "/v1/events", as: .client, body: events).status == .accepted)
            try await server.fold()
            for path in ["/v1/experiments/hooks/results", "/v1/results"] {
                for query in [
                    "", "include_open=true", "dimension=country&include_open=true", "metric=m-4&include_open=true",
                ] {
                    let answer = try await server.send(.get, "\(path)?wait_ms=0&\(query)", as: .read)
                    #expect(answer.status == .ok)
                    #expect(try description.problems(.get, path, answer) == [], "\(path) \(query)")
                }
            }
            let sliced = "/v1/experiments/hooks/results?dimension=country&include_open=true&metric=m-2"
            let metric = try await server.send(.get, sliced, as: .read).json["metrics"]?[0]
            #expect(metric?["slices"]?.array?.count == 2 && metric?["includes_open"] == true)
            #expect(metric?["cap_value"]?.double != nil)
        }
    }
}
