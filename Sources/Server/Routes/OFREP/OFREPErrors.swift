import HooklinePrimitives
import Hummingbird

/// Problems as OpenFeature's providers read them: `{"key", "errorCode", "errorDetails"}`.
enum OFREPErrors {
    /// Whether a path is the facade's.
    static func apply(to path: String) -> Bool { path.hasPrefix(OFREPRoutes.prefix) }

    static func response(to problem: Problem, _ path: String) -> Response {
        var json = JSONObject()
        if let key = key(in: path) { json.append("key", .string(key)) }
        json.append("errorCode", .string(code(of: problem)))
        json.append("errorDetails", .string(problem.detail))
        return Response(status: problem.status, json: .object(json), headers: problem.headers)
    }

    /// The codes of OpenFeature stay; ours are a body that cannot be read, or anything else.
    private static func code(of problem: Problem) -> String {
        guard !OFREPError.codes.contains(problem.code) else { return problem.code }
        return switch problem.code {
        case "malformed_json", "body_missing", "body_incomplete", "body_broken", "media_type": OFREPError.parse("").code
        default: OFREPError.general("").code
        }
    }

    /// The flag that a path names.
    private static func key(in path: String) -> String? {
        guard path.hasPrefix(OFREPRoutes.flags + "/") else { return nil }
        let segment = path.dropFirst(OFREPRoutes.flags.count + 1)
        return PercentEncoding.decode(segment, plusIsSpace: false).map(ErrorResponse.echoed)
    }
}

extension ErrorResponse {
    /// What the facade answers itself. Providers look at the code and the details.
    static func ofrep(_ error: OFREPError) -> Problem {
        let status: HTTPResponse.Status =
            if case .flagNotFound = error { .notFound } else { .badRequest }
        return Problem(status, error.code, error.code, error.details)
    }
}
