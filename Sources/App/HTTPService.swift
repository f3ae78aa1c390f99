import HooklineServer
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The HTTP server as a service: listens until it is told to stop, then finishes the requests that it has.
struct HTTPService: Service {
    let router: HooklineRouter
    let address: ListenAddress
    let logger: Logger
    let onListening: @Sendable (ListenAddress) async -> Void

    /// - Throws: `StartError` where it cannot listen.
    func run() async throws {
        do {
            try await application().run()
        } catch let error where error is IOError || error is SocketAddressError || error is NIOConnectionError {
            throw StartError(error, listeningOn: address)
        }
    }

    private func application() -> Application<RouterResponder<HooklineRequestContext>> {
        Application(
            responder: router.responder,
            server: .limitedHTTP1(),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                serverName: nil,
                backlog: ServerLimits.connectionBacklog,
                availableConnectionsDelegate: .maximum(ServerLimits.maximumConnections, logger: quiet(logger))
            ),
            onServerRunning: { [address, onListening] channel in
                // The port is the system's choice where 0 was asked for.
                let port = channel.localAddress?.port ?? address.port
                await onListening(ListenAddress(host: address.host, port: port))
            },
            eventLoopGroupProvider: .shared(Self.threads),
            logger: quiet(logger)
        )
    }

    /// Not those that a process shares: they are as many as it has cores, and may not be told otherwise once in use. They
    /// end with the process, as connections that were cut off may still have something to tell them.
    private static let threads = MultiThreadedEventLoopGroup(
        numberOfThreads: min(System.coreCount, maximumEventLoops)
    )

    private static let maximumEventLoops = 8
}
