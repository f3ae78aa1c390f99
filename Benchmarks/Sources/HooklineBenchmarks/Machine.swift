import Foundation
import GRDBSQLite
import Glibc
import HooklinePrimitives

/// The clocks and counters of the machine. It reads `/proc`, so the benchmarks run on Linux.
enum Machine {
    /// Nanoseconds of a clock that only goes forward.
    static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    static func seconds(since start: Int64) -> Double { Double(nanoseconds() - start) / 1e9 }

    static var cores: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    /// CPU seconds, user and system, of a process with all its threads.
    static func cpuSeconds(of process: Int32) -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return 0 }
        // Counted from the state, which is the third field: proc(5).
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// CPU seconds of everything on the machine.
    static func busySeconds() -> Double {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let line = text.split(separator: "\n").first
        else { return 0 }
        let fields = line.split(separator: " ").dropFirst().compactMap { Double($0) }
        guard fields.count > 7 else { return 0 }
        // Without idle (3) and waiting for the disk (4).
        let busy = fields[0] + fields[1] + fields[2] + fields[5] + fields[6] + fields[7]
        return busy / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// A line of `/proc/PID/status`, such as `VmRSS`, in MiB.
    static func memoryMebibytes(_ field: String, of process: Int32) -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return 0 }
        for line in text.split(separator: "\n") where line.hasPrefix("\(field):") {
            let digits = line.drop { !$0.isNumber }.prefix { $0.isNumber }
            return (Double(digits) ?? 0) / 1024
        }
        return 0
    }

    /// What the disk takes to make 4 KiB at the end of a file durable.
    static func syncCost(in folder: String, count: Int = 200) throws -> Samples {
        let path = "\(folder)/sync"
        let file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        guard file >= 0 else { throw Failure("\(path) cannot be opened: errno \(errno)") }
        defer {
            close(file)
            unlink(path)
        }
        let page = [UInt8](repeating: 0x55, count: 4096)
        var samples = Samples()
        for _ in 0..<count {
            let start = nanoseconds()
            guard write(file, page, page.count) == page.count, fdatasync(file) == 0 else {
                throw Failure("\(path) cannot be written: errno \(errno)")
            }
            samples.add(nanoseconds() - start)
        }
        return samples
    }

    /// Prints what the figures depend on, and answers the seconds of one sync.
    static func facts(in folder: String, _ report: inout Report) throws -> Double {
        report.note("hookline benchmarks, \(Timestamp.now())")
        report.note("SQLite: \(String(cString: sqlite3_libversion()))")
        report.add(Figure.Detail(name: "cores", value: Double(cores)))
        var load = [0.0, 0, 0]
        getloadavg(&load, 3)
        report.add(Figure.Detail(name: "load average of the last minute", value: load[0]))
        let sync = try syncCost(in: folder)
        report.add(Figure.Detail(name: "fdatasync, median", value: sync.median, unit: "us"))
        report.add(Figure.Detail(name: "fdatasync, p99", value: sync.p99, unit: "us"))
        return sync.median / 1e6
    }
}

/// What the CPUs did between two moments: the server, this process, and others, whose share tells how far to trust the
/// figure.
struct CPUShare {
    private let server: Int32?
    private let start: (server: Double, own: Double, all: Double, at: Int64)

    init(server: Int32? = nil) {
        self.server = server
        start = Self.read(server)
    }

    private static func read(_ server: Int32?) -> (Double, Double, Double, Int64) {
        (
            server.map(Machine.cpuSeconds) ?? 0, Machine.cpuSeconds(of: getpid()), Machine.busySeconds(),
            Machine.nanoseconds()
        )
    }

    /// CPU seconds since the beginning.
    func seconds() -> (server: Double, own: Double) {
        let now = Self.read(server)
        return (now.0 - start.server, now.1 - start.own)
    }

    /// The same for the report, with what others took and the time that went by.
    func details() -> [Figure.Detail] {
        let now = Self.read(server)
        let (ofServer, own) = (now.0 - start.server, now.1 - start.own)
        let others = max(0, now.2 - start.all - ofServer - own)
        var details = [Figure.Detail(name: server == nil ? "CPU own" : "CPU client", value: own, unit: "s")]
        if server != nil { details.insert(Figure.Detail(name: "CPU server", value: ofServer, unit: "s"), at: 0) }
        details.append(Figure.Detail(name: "CPU others", value: others, unit: "s"))
        details.append(Figure.Detail(name: "of", value: Double(now.3 - start.at) / 1e9, unit: "s"))
        return details
    }
}
