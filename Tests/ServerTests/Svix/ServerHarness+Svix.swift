import HTTPTypes
import HooklinePrimitives
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

extension ServerHarness {
    static let application = "/api/v1/app/acme"

    /// Sends a request to the facade, as its clients do.
    func svix(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String? = nil,
        as scope: KeyScope = .write,
        headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await send(method, "/api/v1" + path, as: scope, headers: headers, body: body)
    }

    /// The same where an answer of a status is expected.
    @discardableResult
    func svix(
        _ status: HTTPResponse.Status,
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String? = nil,
        headers: HTTPFields = [:],
        at location: SourceLocation = #_sourceLocation
    ) async throws -> JSON {
        let answer = try await svix(method, path, body, headers: headers)
        #expect(answer.status == status, "\(String(buffer: answer.body))", sourceLocation: location)
        return answer.body.readableBytes == 0 ? .null : try answer.json
    }

    /// The status with the code of a refusal, or with the place of what is not accepted.
    func refusal(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String? = nil,
        as scope: KeyScope = .write,
        headers: HTTPFields = [:]
    ) async throws -> String {
        let answer = try await svix(method, path, body, as: scope, headers: headers)
        let json = try answer.json
        let place = json["detail"]?[0]?["loc"]?.array?.compactMap(\.string).joined(separator: "/")
        return "\(answer.status.code) \(place ?? json["code"]?.string ?? "-")"
    }

    /// Makes the application `acme`, and answers an endpoint of it.
    @discardableResult
    func makeEndpoint(_ members: String = "", url: String = "http://127.0.0.1:9/hook") async throws -> JSON {
        _ = try await svix(.post, "/app?get_if_exists=true", #"{"name": "Acme", "uid": "acme"}"#)
        let rest = members.isEmpty ? "" : ", " + members
        return try await svix(.created, .post, "/app/acme/endpoint", #"{"url": "\#(url)"\#(rest)}"#)
    }

    /// Sends a message of the type `a.b` in the application `acme`, and answers it.
    @discardableResult
    func makeMessage(_ members: String = "", payload: String = #"{"n": 1}"#) async throws -> JSON {
        let rest = members.isEmpty ? "" : ", " + members
        let body = #"{"eventType": "a.b", "payload": \#(payload)\#(rest)}"#
        return try await svix(.accepted, .post, "/app/acme/msg", body)
    }
}
