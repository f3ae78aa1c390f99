import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A sink that listens.
final class SinkServer: Sendable {
    private let listener: any Channel
    private let connections: SinkConnections

    /// The connections that wait to be accepted.
    private static let backlog: CInt = 1024

    /// - Parameter port: 0 has the system choose one.
    /// - Throws: `ClientError.unusable`.
    init(_ sink: WebhookSink, _ responder: SinkResponder, host: String, port: Int) async throws {
        let connections = SinkConnections()
        self.connections = connections
        do {
            listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.backlog, value: Self.backlog)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        connections.add(channel)
                        let decoder = ByteToMessageHandler(HTTPRequestDecoder())
                        try channel.pipeline.syncOperations.addHandlers(decoder, SinkHandler(sink, responder))
                    }
                }
                .bind(host: host, port: port).get()
        } catch {
            throw ClientError.unusable("cannot listen on \(host):\(port): \(error)")
        }
    }

    var port: Int { listener.localAddress?.port ?? 0 }

    /// Closes the listener and every connection.
    func stop() async {
        // One that is closed already needs no closing.
        try? await listener.close()
        for channel in connections.all { try? await channel.close() }
    }
}

/// The connections that are open.
private final class SinkConnections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    var all: [any Channel] { channels.withLock { Array($0.values) } }

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { [self] _ in channels.withLock { $0[id] = nil } }
    }
}
