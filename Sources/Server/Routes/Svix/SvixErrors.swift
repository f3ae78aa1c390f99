import HTTPTypes
import HooklinePrimitives
import Hummingbird

/// Problems as Svix writes them: `{"code", "detail"}`, and for what is not accepted a list of places.
enum SvixErrors {
    /// Whether a path is the facade's.
    static func apply(to path: String) -> Bool { path.hasPrefix(SvixRoutes.prefix) }

    static func response(to problem: Problem, _ request: Request) -> Response {
        Response(status: problem.status, json: body(problem, request), headers: problem.headers)
    }

    private static func body(_ problem: Problem, _ request: Request) -> JSON {
        guard problem.status == .unprocessableContent else {
            return ["code": .string(code(of: problem)), "detail": .string(detail(of: problem))]
        }
        let item: JSON = [
            "loc": .array(place(of: problem.field ?? "", request).map { .string($0) }),
            "msg": .string(problem.detail),
            "type": "value_error",
        ]
        return ["detail": [item]]
    }

    /// The codes that Svix's clients look for; ours for what Svix has no code for.
    private static func code(of problem: Problem) -> String {
        switch (problem.status, problem.code) {
        case (.notFound, "route_unknown"): "not_supported"
        case (.notFound, _): "not_found"
        case (.unauthorized, _): "authentication_failed"
        case (.forbidden, _): "insufficient access"
        case (.conflict, "event_type_exists"): "event_type_exists"
        case (.conflict, _): "conflict"
        default: problem.code
        }
    }

    private static func detail(of problem: Problem) -> String {
        problem.code == "route_unknown"
            ? "Hookline does not offer this operation of Svix's API; docs/svix.md lists those that it offers."
            : problem.detail
    }

    /// `["body", "eventTypes", "[0]"]`
    private static func place(of field: String, _ request: Request) -> [String] {
        guard !SvixNames.pathParameters.contains(field) else { return ["path", field] }
        guard field != "cursor" else { return ["query", "iterator"] }
        let query = (request.uri.query ?? "").split(separator: "&").map { $0.prefix { $0 != "=" } }
        guard !query.contains(field[...]) else { return ["query", field] }
        return ["body"] + parts(of: field)
    }

    /// `a`, `[0]` and `b` of `a[0].b`.
    private static func parts(of path: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var isInBrackets = false
        for character in path {
            if !isInBrackets, character == "." || character == "[" {
                if !part.isEmpty { parts.append(part) }
                part = ""
                if character == "." { continue }
            }
            part.append(character)
            if character == "[" { isInBrackets = true }
            if character == "]" { isInBrackets = false }
        }
        return part.isEmpty ? parts : parts + [part]
    }
}

extension SvixNames {
    static let pathParameters = ["app_id", "endpoint_id", "msg_id", "attempt_id", "task_id", "event_type_name"]
}

/// What the facade refuses beside what the domain does.
enum SvixError: Error, Equatable {
    /// There is a message with this `eventId`, or with this idempotency key and other contents.
    case messageExists(Identifier)
    /// There is an endpoint with this uid.
    case endpointExists(uid: String)
}

extension ErrorResponse {
    static func svix(_ error: SvixError) -> Problem {
        switch error {
        case .messageExists(let id):
            Problem(.conflict, "message_exists", "Message exists", "There is a message '\(echoed(id.text))' already.")
        case .endpointExists(let uid):
            Problem(.conflict, "endpoint_exists", "Endpoint exists", "There is an endpoint '\(echoed(uid))' already.")
                .adding { $0.field = "uid" }
        }
    }
}
