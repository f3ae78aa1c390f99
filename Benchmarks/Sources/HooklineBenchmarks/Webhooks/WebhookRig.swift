import GRDBSQLite

/// A server, its database and a receiver, for one run.
final class WebhookRig {
    let server: ServerProcess
    let receiver: ReceiverProcess
    let watch: WebhookWatch

    private static let subscribers = 16

    /// - Parameters:
    ///   - slots: the events, or the paths, whose arrivals are noted.
    ///   - isByPath: whether they are paths.
    init(binary: String, folder: String, name: String, slots: Int, isByPath: Bool = false) throws {
        receiver = try ReceiverProcess(folder: folder, slots: slots, isByPath: isByPath)
        let database = "\(folder)/\(name).db"
        server = try ServerProcess(
            binary: binary,
            database: database,
            folder: folder,
            arguments: ["--allow-webhook-http", "--allow-webhook-network", "127.0.0.0/8"]
        )
        watch = try WebhookWatch(database)
    }

    func stop() { server.stop() }

    /// Adds subscriptions to the paths from 0 on.
    ///
    /// - Parameters:
    ///   - isOwnOrigin: whether each has an origin of its own, as different receivers have.
    ///   - members: further members of each definition, which begin with a comma.
    func subscribe(_ count: Int, isOwnOrigin: Bool = false, members: @Sendable (Int) -> String = { _ in "" }) throws {
        let bodies = (0..<count).map { path in
            let url = receiver.url(path, isOwnOrigin: isOwnOrigin)
            return #"{"url":"\#(url)","events":["\#(DomainEventShape.type)"]\#(members(path))}"#
        }
        let (port, key, threads) = (server.port, server.key, min(count, Self.subscribers))
        _ = try Threads(threads) { index in
            let connection = try HTTPConnection(port: port)
            for body in stride(from: index, to: count, by: threads).map({ bodies[$0] }) {
                _ = try connection.send("POST", "/v1/webhooks/subscriptions", key: key, body: body)
            }
        }.values()
    }

    /// The CPU seconds of the server, the receiver, this process and others since some moment.
    func shares() -> WebhookShares { WebhookShares(server: server.id, receiver: receiver.id) }
}

struct WebhookShares {
    private let share: CPUShare
    private let receiver: Int32
    private let receiverStart: Double

    init(server: Int32?, receiver: Int32) {
        share = CPUShare(server: server)
        self.receiver = receiver
        receiverStart = Machine.cpuSeconds(of: receiver)
    }

    /// CPU seconds so far.
    func seconds() -> (server: Double, own: Double) { share.seconds() }

    func details() -> [Figure.Detail] {
        let ofReceiver = Machine.cpuSeconds(of: receiver) - receiverStart
        return [Figure.Detail(name: "CPU receiver", value: ofReceiver, unit: "s")]
            + share.details().map { detail in
                guard detail.name == "CPU others" else { return detail }
                return Figure.Detail(name: detail.name, value: max(0, detail.value - ofReceiver), unit: detail.unit)
            }
    }
}

/// Reads from beside the server how far its deliveries are.
final class WebhookWatch {
    private let connection: OpaquePointer

    init(_ path: String) throws {
        connection = try BareLog.open(path)
    }

    deinit {
        sqlite3_close(connection)
    }

    /// Deliveries that are noted as successful, by the tallies, which cost nothing to read.
    func successes() throws -> Int {
        Int(try BareLog.number("SELECT coalesce(sum(succeeded), 0) FROM hookline_webhook_tallies", connection))
    }

    /// The same counted.
    func countedSuccesses() throws -> Int {
        Int(try BareLog.number("SELECT count(*) FROM hookline_webhook_deliveries WHERE state = 1", connection))
    }

    func pending() throws -> Int {
        Int(try BareLog.number("SELECT count(*) FROM hookline_webhook_deliveries WHERE state = 0", connection))
    }

    func events() throws -> Int {
        Int(try BareLog.number("SELECT count(*) FROM hookline_domain_events", connection))
    }

    /// Events that have their deliveries.
    func dispatched() throws -> Int {
        Int(try BareLog.number("SELECT coalesce(max(position), 0) FROM hookline_outbox", connection))
    }

    /// Waits for something that the database tells, and fails after so many seconds.
    func wait(seconds: Double, for what: String, until condition: () throws -> Bool) throws {
        let start = Machine.nanoseconds()
        while try !condition() {
            guard Machine.seconds(since: start) < seconds else { throw Failure("after \(seconds) s, \(what)") }
            sleep(for: 0.01)
        }
    }
}
