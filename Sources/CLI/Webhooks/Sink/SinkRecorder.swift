import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file of lines, to which is only ever added.
final class SinkRecorder: Sendable {
    private struct State {
        var descriptor: Int32
        var hasFailed = false
    }

    private let state: Mutex<State>
    private let path: String

    /// Opens the file, which only its owner may read where it is new: deliveries may hold anything.
    ///
    /// - Throws: `ClientError.unusable`.
    init(_ path: String) throws(ClientError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .unusable("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        self.path = path
        state = Mutex(State(descriptor: descriptor))
    }

    deinit {
        state.withLock { _ = close($0.descriptor) }
    }

    /// Writes a line at once, without waiting for the disk. Answers what is wrong, the first time that something is.
    func add(_ line: [UInt8]) -> String? {
        let bytes = line + [UInt8(ascii: "\n")]
        return state.withLock { state in
            guard !state.hasFailed else { return nil }
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(state.descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    state.hasFailed = true
                    return "\(path) cannot be written: \(String(cString: strerror(errno)))"
                }
                rest = rest.dropFirst(count)
            }
            return nil
        }
    }
}
