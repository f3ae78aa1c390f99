#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file or the standard input, read piece by piece.
///
/// Reading blocks its thread: a command does nothing else meanwhile.
final class InputFile {
    private let descriptor: Int32
    /// For messages.
    let name: String

    static let standardInput = "-"
    static let chunkBytes = 64 * 1024

    /// - Parameter path: `-` is the standard input.
    /// - Throws: `ClientError.unusable`.
    init(_ path: String) throws(ClientError) {
        if path == Self.standardInput {
            (descriptor, name) = (STDIN_FILENO, "the standard input")
            return
        }
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        name = path
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit {
        if descriptor > STDIN_FILENO { close(descriptor) }
    }

    /// The next bytes, empty at the end.
    func read() throws(ClientError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.chunkBytes)
        while true {
            let count = bytes.withUnsafeMutableBytes { Self.readOnce(descriptor, $0) }
            if count >= 0 {
                bytes.removeLast(bytes.count - count)
                return bytes
            }
            guard errno == EINTR else { throw Self.failure(name) }
        }
    }

    /// Whether there is more to read, or the end, within so long.
    func isReady(withinMilliseconds milliseconds: Int32) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, milliseconds) != 0
    }

    /// All of it.
    ///
    /// - Throws: `ClientError.unusable` also where there is more than `maximumBytes`.
    static func contents(of path: String, maximumBytes: Int) throws(ClientError) -> [UInt8] {
        let file = try InputFile(path)
        var bytes: [UInt8] = []
        while true {
            let chunk = try file.read()
            if chunk.isEmpty { return bytes }
            bytes += chunk
            guard bytes.count <= maximumBytes else {
                throw .unusable("\(file.name) is longer than \(maximumBytes) bytes, the most that is read at once")
            }
        }
    }

    private static func failure(_ name: String) -> ClientError {
        .unusable("\(name) cannot be read: \(String(cString: strerror(errno)))")
    }

    /// The function of the system, which has the name of a method here.
    private static func readOnce(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #else
            Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }
}
