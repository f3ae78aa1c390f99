import Foundation
internal import HooklineStorage
internal import Logging

/// Sends NOTIFY from a thread with a connection of its own, never in a caller's transaction: there it would serialise
/// all commits. Of each channel at most one announcement is under way and one waits.
///
/// Unchecked, because the condition guards what changes, and only the thread uses the connection.
final class PostgresAnnouncer: @unchecked Sendable {
    private let parameters: ConnectionParameters
    private let logger: Logger
    private let condition = NSCondition()
    private var waiting: Set<Channel> = []
    private var isStarted = false
    private var isStopped = false

    /// A burst of commits is one announcement: the server wakes every listener for each.
    static let pauseMilliseconds = 5

    init(parameters: ConnectionParameters, logger: Logger) {
        self.parameters = parameters
        self.logger = logger
    }

    func announce(_ channel: Channel) {
        condition.lock()
        defer { condition.unlock() }
        guard !isStopped else { return }
        waiting.insert(channel)
        if isStarted {
            condition.signal()
        } else {
            isStarted = true
            let thread = Thread { [self] in run() }
            thread.name = "hookline-announce"
            thread.start()
        }
    }

    /// Ends the thread. What waits is sent before, because a closing node may have just handed work to another one.
    func stop() {
        condition.lock()
        isStopped = true
        condition.signal()
        condition.unlock()
    }

    private func run() {
        let connection = PostgresConnection(parameters: parameters, logger: logger)
        while let channels = next() {
            do {
                let session = try connection.open()
                let schema = try PostgresNotice.schema(of: session)
                for channel in channels {
                    let payload = PostgresNotice.payload(schema: schema, channel: channel)
                    let values = try Parameters([.text(PostgresNotice.serverChannel), .text(payload)])
                    _ = try session.run("SELECT pg_notify($1, $2)", values)
                }
            } catch {
                // Listeners poll as well, so an announcement that is lost costs a moment.
                logger.debug("an announcement was not sent", metadata: ["error": "\(error)"])
            }
            pause()
        }
        connection.close()
    }

    /// Sleeps until something waits. Nil when it is time to end.
    private func next() -> Set<Channel>? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty, !isStopped { condition.wait() }
        defer { waiting = [] }
        return waiting.isEmpty ? nil : waiting
    }

    private func pause() {
        let end = Date(timeIntervalSinceNow: Double(Self.pauseMilliseconds) / 1000)
        condition.lock()
        defer { condition.unlock() }
        while !isStopped, condition.wait(until: end) {}
    }
}
