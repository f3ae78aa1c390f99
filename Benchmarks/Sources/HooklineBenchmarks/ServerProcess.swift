import Foundation

/// `hookline serve` on a database of SQLite.
final class ServerProcess {
    let port: UInt16
    let key = "benchmark-key-0123456789-0123456789"
    private let process = Process()

    private static let startSeconds = 30.0
    private static let stopSeconds = 30.0

    var id: Int32 { process.processIdentifier }

    /// Starts it and waits until it listens, without a request.
    init(binary: String, database: String, folder: String, arguments: [String] = []) throws {
        let log = "\(folder)/server-\(UUID().uuidString).log"
        guard FileManager.default.createFile(atPath: log, contents: nil),
            let output = FileHandle(forWritingAtPath: log)
        else { throw Failure("\(log) cannot be written") }
        process.executableURL = URL(fileURLWithPath: binary)
        process.arguments =
            [
                "serve", "--database", "sqlite:\(database)", "--data", folder, "--address", "127.0.0.1:0",
            ] + arguments
        process.environment = ["HOOKLINE_ADMIN_KEY": key, "PATH": "/usr/bin:/bin"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let start = Machine.nanoseconds()
        while true {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            if let found = Self.port(in: text) {
                port = found
                return
            }
            guard process.isRunning, Machine.seconds(since: start) < Self.startSeconds else {
                if process.isRunning { process.terminate() }
                throw Failure("\(binary) does not listen: \(text)")
            }
            usleep(20_000)
        }
    }

    /// From the line that says where the server listens.
    private static func port(in log: String) -> UInt16? {
        guard let found = log.range(of: "http://127.0.0.1:") else { return nil }
        let rest = log[found.upperBound...]
        let digits = rest.prefix { $0.isNumber }
        // Otherwise the line may not have been written to its end.
        return digits.endIndex < rest.endIndex ? UInt16(digits) : nil
    }

    func stop() { process.end(withinSeconds: Self.stopSeconds) }

    /// The counters of the log.
    func counters() throws -> EventCounters {
        EventCounters(try HTTPConnection(port: port).send("GET", "/metrics", key: key))
    }
}

/// What the server says that it did.
struct EventCounters {
    let accepted: Double
    let commits: Double
    let folded: Double

    init(_ exposition: String) {
        func sum(_ name: String) -> Double {
            exposition.split(separator: "\n").filter { $0.hasPrefix("\(name) ") || $0.hasPrefix("\(name){") }
                .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
        }
        accepted = sum("hookline_events_accepted_total")
        commits = sum("hookline_events_commits_total")
        folded = sum("hookline_projection_events_total")
    }
}
