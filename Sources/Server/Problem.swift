public import HTTPTypes
public import HooklinePrimitives
public import Hummingbird

/// An answer that says what went wrong, as RFC 9457 writes it.
public struct Problem: Sendable {
    public let status: HTTPResponse.Status
    /// Names the kind of problem for programs: `key_unknown`. It is the last part of the problem's `type` too.
    public let code: String
    /// The kind of problem for people, always the same for a code.
    public let title: String
    /// This occurrence for people: what was wrong, and what is accepted.
    public var detail: String
    /// The field of the request that is at fault.
    public var field: String?
    /// What that field accepts.
    public var accepted: String?
    /// The byte of the body at which it stops being acceptable.
    public var offset: Int?
    /// Members beside those of the standard, after them.
    public var members = JSONObject()
    /// Header fields that belong to the answer, such as `Retry-After`.
    public var headers = HTTPFields()

    public init(_ status: HTTPResponse.Status, _ code: String, _ title: String, _ detail: String) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
    }

    func adding(_ change: (inout Problem) -> Void) -> Problem {
        var problem = self
        change(&problem)
        return problem
    }

    /// The same, telling clients when to try again.
    func retry(afterSeconds seconds: Int) -> Problem {
        adding { $0.headers[.retryAfter] = String(seconds) }
    }

    /// The answer to a request. `instance` is the request's path.
    public func response(requestID: String, instance: String) -> Response {
        let json = JSON.object(object(requestID: requestID, instance: instance))
        return Response(status: status, json: json, headers: headers, contentType: Self.mediaType)
    }

    func object(requestID: String, instance: String) -> JSONObject {
        var object: JSONObject = [
            "type": "urn:hookline:problem:\(code)",
            "title": .string(title),
            "status": .integer(Int64(status.code)),
            "detail": .string(detail),
            "instance": .string(instance),
            "code": .string(code),
        ]
        if let field { object["field"] = .string(field) }
        if let accepted { object["accepted"] = .string(accepted) }
        if let offset { object["offset"] = JSON(offset) }
        for member in members { object[member.key] = member.value }
        object["request_id"] = .string(requestID)
        return object
    }

    static let mediaType = "application/problem+json"
}
