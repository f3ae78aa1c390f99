#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How this process calls itself among those that share a database: the machine, the process, and a part that no earlier
/// process of the same number had.
enum NodeName {
    static func make() -> String {
        var name = [CChar](repeating: 0, count: 256)
        let isKnown = gethostname(&name, name.count - 1) == 0
        let host =
            isKnown ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : "host"
        return "\(host)-\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 16))"
    }
}
