import CLibPQ
import Foundation
internal import HooklineStorage
internal import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Hears NOTIFY on a thread with a connection of its own, and tells this process's listeners.
///
/// Unchecked, because the lock guards what changes, and only the thread uses the connection.
final class PostgresListener: @unchecked Sendable {
    private let parameters: ConnectionParameters
    private let logger: Logger
    private let listeners = Announcements()
    private let lock = NSLock()
    private var isStarted = false
    private var isStopped = false
    /// Wakes the thread out of `poll`.
    private var wakeUp: Pipe?

    static let reconnectMilliseconds: CInt = 1000

    init(parameters: ConnectionParameters, logger: Logger) {
        self.parameters = parameters
        self.logger = logger
    }

    func stream(of channel: Channel) -> AsyncStream<Void> {
        let stream = listeners.stream(of: channel)
        lock.withLock {
            guard !isStarted, !isStopped else { return }
            isStarted = true
            let pipe = Pipe()
            wakeUp = pipe
            let thread = Thread { [self] in run(wakeUp: pipe.fileHandleForReading.fileDescriptor) }
            thread.name = "hookline-listen"
            thread.start()
        }
        return stream
    }

    /// Ends the thread and every stream.
    func stop() {
        listeners.finish()
        lock.withLock {
            isStopped = true
            try? wakeUp?.fileHandleForWriting.close()
        }
    }

    private var shouldRun: Bool { lock.withLock { !isStopped } }

    private func run(wakeUp: CInt) {
        let connection = PostgresConnection(parameters: parameters, logger: logger)
        while shouldRun {
            var wasListening = false
            do {
                let session = try connection.open()
                let schema = try PostgresNotice.schema(of: session)
                try session.command("LISTEN \(PostgresNotice.serverChannel)")
                wasListening = true
                // What was announced before is not heard.
                listeners.deliverToAll()
                try listen(session, schema: schema, wakeUp: wakeUp)
            } catch {
                logger.debug("listening was interrupted", metadata: ["error": "\(error)"])
                connection.close()
                // A server that cannot be reached is not asked all the time.
                if !wasListening { _ = waitForInput([wakeUp], milliseconds: Self.reconnectMilliseconds) }
            }
        }
        connection.close()
    }

    /// Returns when it is time to end.
    private func listen(_ session: PostgresSession, schema: String, wakeUp: CInt) throws {
        while shouldRun {
            guard waitForInput([PQsocket(session.pointer), wakeUp], milliseconds: -1) else { continue }
            guard PQconsumeInput(session.pointer) == 1 else {
                throw StorageError.unavailable(code: "08006", message: message(of: session.pointer))
            }
            while let notice = PQnotifies(session.pointer) {
                defer { PQfreemem(notice) }
                let payload = String(cString: notice.pointee.extra)
                if let channel = PostgresNotice.channel(payload: payload, schema: schema) {
                    listeners.deliver(channel)
                }
            }
        }
    }

    /// Waits until a descriptor can be read or the time is over. Answers whether the first one can be read.
    private func waitForInput(_ descriptors: [CInt], milliseconds: CInt) -> Bool {
        var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        return poll(&polled, nfds_t(polled.count), milliseconds) > 0 && polled[0].revents != 0
    }
}
