import HTTPTypes
import Hummingbird
import Logging
import NIOCore

@testable import HooklineServer

extension ServerHarness {
    /// Reads the first parts of an answer that does not end.
    ///
    /// - Parameters:
    ///   - path: with the query.
    ///   - headers: of the request.
    ///   - parts: how many to read.
    ///   - part: after which `meanwhile` is done.
    ///   - meanwhile: is done once, after that part was read.
    func open(
        _ path: String,
        headers: HTTPFields = [:],
        parts: Int,
        after part: Int = 1,
        meanwhile: @escaping @Sendable () async throws -> Void = {}
    ) async throws -> (response: Response, text: String) {
        let head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: path, headerFields: headers)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let response = try await router.responder.respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer())),
            context: HooklineRequestContext(logger: logger, principal: Principal(origin: .inProcess, scope: .admin))
        )
        let writer = PartWriter(parts: parts, after: part, meanwhile: meanwhile)
        do {
            try await response.body.write(writer)
        } catch is PartWriter.Enough {}
        return (response, writer.text)
    }
}

/// Takes so many parts of a body, and breaks off.
private final class PartWriter: ResponseBodyWriter {
    struct Enough: Error {}

    private(set) var text = ""
    private var read = 0
    private let parts: Int
    private let part: Int
    private let meanwhile: () async throws -> Void

    init(parts: Int, after part: Int, meanwhile: @escaping () async throws -> Void) {
        self.parts = parts
        self.part = part
        self.meanwhile = meanwhile
    }

    func write(_ buffer: ByteBuffer) async throws {
        text += String(buffer: buffer)
        read += 1
        if read == part { try await meanwhile() }
        if read == parts { throw Enough() }
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
