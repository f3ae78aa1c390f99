#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Small files, with the guarantees that keys need.
enum SmallFile {
    /// All bytes of a file, at most so many and one more, by which a longer file is known.
    ///
    /// - Parameter isPrivate: refuses a link, and a file that another user made, or could read or change, with `EACCES`.
    static func contents(
        of path: String,
        maximumBytes: Int,
        isPrivate: Bool = false
    ) throws(SystemError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | (isPrivate ? O_NOFOLLOW : 0))
        guard descriptor >= 0 else { throw .last }
        defer { close(descriptor) }
        if isPrivate {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw .last }
            guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else { throw SystemError(code: EACCES) }
        }
        var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
        var count = 0
        while count < bytes.count {
            let step = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, $0.count - count) }
            guard step >= 0 else { throw .last }
            if step == 0 { break }
            count += step
        }
        return Array(bytes.prefix(count))
    }

    /// Makes a file that only its owner may read, and answers after it is on the disk.
    ///
    /// - Throws: `EEXIST` where there is one, or a link of that name.
    static func create(_ path: String, contents: [UInt8]) throws(SystemError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .last }
        defer { close(descriptor) }
        var written = 0
        while written < contents.count {
            let step = contents.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
            guard step > 0 else { throw .last }
            written += step
        }
        guard fsync(descriptor) == 0 else { throw .last }
        try syncFolder(of: path)
    }

    /// Gives a file another name, taking the place of a file that has it, and answers after that is on the disk.
    static func move(_ path: String, to newPath: String) throws(SystemError) {
        guard rename(path, newPath) == 0 else { throw .last }
        try syncFolder(of: newPath)
    }

    /// Removes a file, if there is one.
    static func remove(_ path: String) throws(SystemError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .last }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Makes a folder that only its owner may enter, and those above it. One that exists is left as it is.
    static func createFolder(_ path: String) throws(SystemError) {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        guard errno == ENOENT, let parent = folder(of: path) else { throw .last }
        try createFolder(parent)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last }
    }

    /// The folder that a path lies in; nil where it has none but the current one.
    static func folder(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A new name is durable once its folder is.
    private static func syncFolder(of path: String) throws(SystemError) {
        let descriptor = open(folder(of: path) ?? ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .last }
    }
}
