#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps a second server off the same SQLite file. The system releases it when the process ends, however it ends.
///
/// The database itself would survive two servers, but each would fold and deliver on its own, unaware of the other.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `EWOULDBLOCK` where another process holds the lock.
    init(_ path: String) throws(SystemError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .last }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = SystemError.last
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    /// The file stays: to remove it would let two processes lock two files of one name.
    deinit { close(descriptor) }
}
