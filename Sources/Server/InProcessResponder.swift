public import HTTPTypes
import Hummingbird
public import Logging
import NIOCore

/// Sends requests to the router without a connection, with the rights of an administrator: for callers who own the
/// database anyway.
public struct InProcessResponder: Sendable {
    private let responder: RouterResponder<HooklineRequestContext>
    private let logger: Logger

    public init(_ router: HooklineRouter, logger: Logger) {
        responder = router.responder
        self.logger = logger
    }

    /// The answer to a request. Never fails: what goes wrong is an answer too.
    ///
    /// - Parameters:
    ///   - method: `GET`, `POST`, ...
    ///   - path: with the query: `/v1/keys?limit=10`.
    ///   - headers: as they would be sent.
    ///   - body: its bytes; empty for none.
    public func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        headers: HTTPFields = [:],
        body: [UInt8] = []
    ) async -> InProcessAnswer {
        var head = HTTPRequest(method: method, scheme: nil, authority: nil, path: path, headerFields: headers)
        if !body.isEmpty { head.headerFields[.contentLength] = String(body.count) }
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
        let principal = Principal(origin: .inProcess, scope: .admin)
        do {
            let response = try await responder.respond(
                to: request,
                context: HooklineRequestContext(logger: logger, principal: principal)
            )
            let collected = CollectingWriter()
            try await response.body.write(collected)
            return InProcessAnswer(status: response.status, headers: response.headers, body: collected.bytes)
        } catch {
            // The middleware has answered every error; this is one of writing the body.
            let problem = ErrorResponse(error).problem
            return InProcessAnswer(status: problem.status, headers: problem.headers, body: Array(problem.detail.utf8))
        }
    }
}

public struct InProcessAnswer: Sendable {
    public let status: HTTPResponse.Status
    public let headers: HTTPFields
    public let body: [UInt8]
}

/// Keeps what a body writes.
private final class CollectingWriter: ResponseBodyWriter {
    private(set) var bytes: [UInt8] = []

    func write(_ buffer: ByteBuffer) async throws { bytes += buffer.readableBytesView }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
