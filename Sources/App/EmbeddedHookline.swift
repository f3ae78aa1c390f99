public import HTTPTypes
import HooklinePrimitives
public import HooklineServer
import HooklineStorage
public import Logging

/// Hookline without a socket: the same requests and answers, in the process of the caller, who needs no key.
///
/// For commands that are pointed at a database instead of a server. Nothing runs in the background; what a server's
/// workers would have folded, built and decided is made before each request.
public struct EmbeddedHookline: Sendable {
    private let database: any Database
    private let responder: InProcessResponder
    private let catchUp: @Sendable () async throws -> Void

    /// Opens and migrates a database.
    ///
    /// - Throws: `StartError`.
    public init(
        _ configuration: HooklineConfiguration,
        logger: Logger = Logger(label: "hookline", factory: { _ in SwiftLogNoOpLogHandler() })
    ) async throws(StartError) {
        database = try await configuration.database.openMigrated(dataFolder: configuration.dataFolder, logger: logger)
        let composition = try await HooklineComposition(
            database: database,
            configuration: configuration,
            metricsText: { "" },
            logger: logger
        )
        responder = InProcessResponder(
            HooklineRouter(composition.services, configuration: composition.server),
            logger: logger
        )
        catchUp = composition.catchUp
    }

    /// Sends a request with the rights of an administrator.
    ///
    /// - Parameters:
    ///   - method: `GET`, `POST`, ...
    ///   - path: with the query: `/v1/keys?limit=10`.
    ///   - headers: as they would be sent.
    ///   - body: its bytes; empty for none.
    /// - Throws: only where folding fails; every other problem is an answer, as over HTTP.
    public func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        headers: HTTPFields = [:],
        body: [UInt8] = []
    ) async throws -> InProcessAnswer {
        try await catchUp()
        return await responder.send(method, path, headers: headers, body: body)
    }

    /// Finishes what runs and closes the database.
    public func close() async throws { try await database.close() }
}
