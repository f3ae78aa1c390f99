#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An error of the operating system.
struct SystemError: Error, Equatable, CustomStringConvertible {
    let code: Int32

    /// What the last system call failed with. To be read before any other call.
    static var last: SystemError { SystemError(code: errno) }

    var description: String { String(cString: strerror(code)) }
}

extension SystemError {
    /// Whether another process holds the lock.
    var isWouldBlock: Bool { code == EWOULDBLOCK }
}
