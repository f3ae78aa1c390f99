#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What Prometheus clients tell of their own process, by the names on which they agree
/// (https://prometheus.io/docs/instrumenting/writing_clientlibs, "Process metrics").
///
/// Memory, descriptors and the start are read from `/proc`, and so are left out where there is none.
public enum ProcessMetrics {
    public static func register(in registry: PrometheusRegistry) {
        registry.counter("process_cpu_seconds_total", help: "User and system time spent, in seconds.") { cpuSeconds() }
        #if os(Linux)
            registry.gauge("process_resident_memory_bytes", help: "Resident memory, in bytes.") {
                memoryBytes().resident
            }
            registry.gauge("process_virtual_memory_bytes", help: "Virtual memory, in bytes.") {
                memoryBytes().virtual
            }
            registry.gauge("process_open_fds", help: "Open file descriptors.") { openDescriptors() }
            let start = startSeconds()
            registry.gauge("process_start_time_seconds", help: "Start of the process, in Unix seconds.") { start }
        #endif
        registry.gauge("process_max_fds", help: "File descriptors that may be open.") { maximumDescriptors() }
    }

    static func cpuSeconds() -> Double {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return .nan }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }

    static func maximumDescriptors() -> Double { Double(sysconf(Int32(_SC_OPEN_MAX))) }
}

#if os(Linux)
    extension ProcessMetrics {
        /// The first two fields of `/proc/self/statm`, which are in pages (proc_pid_statm(5)); NaN where it is not there.
        static func memoryBytes() -> (virtual: Double, resident: Double) {
            let fields = contents(of: "/proc/self/statm").split(separator: " ")
            guard fields.count > 1, let virtual = Double(fields[0]), let resident = Double(fields[1]) else {
                return (.nan, .nan)
            }
            let page = Double(sysconf(Int32(_SC_PAGESIZE)))
            return (virtual * page, resident * page)
        }

        static func openDescriptors() -> Double {
            guard let directory = opendir("/proc/self/fd") else { return .nan }
            defer { closedir(directory) }
            var count = 0
            while readdir(directory) != nil { count += 1 }
            // Without `.`, `..`, and the descriptor that reads the directory.
            return Double(count - 3)
        }

        /// Field 22 of `/proc/self/stat`, in ticks since the system started, and `btime` of `/proc/stat`.
        static func startSeconds() -> Double {
            // The second field is the program's name in brackets, which may contain anything.
            let fields = contents(of: "/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
            let boot = contents(of: "/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
            guard fields.count > 19, let ticks = Double(fields[19]), let boot, let start = Double(boot.dropFirst(6))
            else { return .nan }
            return start + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        }

        private static func contents(of path: String) -> String {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return "" }
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            while bytes.count < maximumFileBytes {
                let chunk = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
                    count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
                }
                if chunk.isEmpty { break }
                bytes += chunk
            }
            return String(decoding: bytes, as: UTF8.self)
        }

        /// `/proc/stat` has a line for each processor, and a long one for interrupts before `btime`.
        private static let maximumFileBytes = 1 << 20
    }
#endif
