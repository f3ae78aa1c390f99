import HTTPTypes
import HooklineApp
import HooklineServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The database of this machine or of a PostgreSQL server, without a Hookline server: the same requests, answered in
/// this process with the rights of an administrator.
struct EmbeddedClient: Client {
    private let hookline: EmbeddedHookline
    let place: String

    /// The client must be closed with ``close()``.
    ///
    /// - Throws: `StartError`.
    init(_ configuration: HooklineConfiguration) async throws {
        // The library of the database makes its files with the permissions that this leaves.
        umask(0o077)
        hookline = try await EmbeddedHookline(configuration)
        place = "\(configuration.database)"
    }

    func close() async throws { try await hookline.close() }

    func send(_ request: ClientRequest) async throws -> ClientAnswer {
        var headers = HTTPFields()
        headers[.contentType] = request.contentType
        // Every raw value is a token, which is all that a method must be.
        let method = HTTPRequest.Method(rawValue: request.method.rawValue)!
        let answer = try await hookline.send(method, request.path, headers: headers, body: request.body)
        return ClientAnswer(status: answer.status.code, headers: answer.headers, body: answer.body)
    }
}
