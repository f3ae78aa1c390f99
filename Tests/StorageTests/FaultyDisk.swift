import Foundation
import GRDBSQLite
import Synchronization

/// SQLite's own file system with faults in the write-ahead log of one database: a disk that is full, or one whose sync
/// fails. It also counts that log's syncs, which are what a commit costs.
///
/// It replaces two methods of the logs that it is told of before they are opened; other files are untouched.
enum FaultyDisk {
    enum Fault: Sendable { case none, full, failingSync }

    private struct Log {
        var fault = Fault.none
        var syncs = 0
    }

    private struct State {
        /// By the end of its path: SQLite resolves links in front of it.
        var logs: [String: Log] = [:]
        /// The keys of `logs`, by the address of the open file.
        var open: [Int: String] = [:]
    }

    private static let state = Mutex(State())

    /// Watches the database at `path`, which is opened afterwards.
    static func watch(_ path: String) {
        FileSystem.shim.install()
        state.withLock { $0.logs[key(path + "-wal")] = Log() }
    }

    static func set(_ fault: Fault, for path: String) {
        state.withLock { $0.logs[key(path + "-wal")]?.fault = fault }
    }

    static func syncs(of path: String) -> Int {
        state.withLock { $0.logs[key(path + "-wal")]?.syncs ?? 0 }
    }

    /// The folder, whose name is unique, and the file.
    private static func key(_ path: String) -> String {
        path.split(separator: "/").suffix(2).joined(separator: "/")
    }

    fileprivate static func opened(_ path: String, _ address: Int) -> Bool {
        state.withLock { state in
            guard state.logs[key(path)] != nil else { return false }
            state.open[address] = key(path)
            return true
        }
    }

    fileprivate static func fault(at address: Int, isSync: Bool) -> Fault {
        state.withLock { state in
            guard let key = state.open[address] else { return .none }
            if isSync { state.logs[key]?.syncs += 1 }
            return state.logs[key]?.fault ?? .none
        }
    }
}

/// The default file system of SQLite, and the one that takes its place. Unchecked: SQLite only reads them.
private struct FileSystem: @unchecked Sendable {
    static let shim = FileSystem()

    private let original = sqlite3_vfs_find(nil)!
    private let replacement = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)

    private init() {
        replacement.initialize(to: original.pointee)
        replacement.pointee.zName = UnsafePointer(strdup("hookline-faulty"))
        replacement.pointee.pNext = nil
        replacement.pointee.xOpen = { _, name, file, flags, outFlags in
            let original = FileSystem.shim.original
            let code = original.pointee.xOpen(original, name, file, flags, outFlags)
            if code == SQLITE_OK, let name, let file, FaultyDisk.opened(String(cString: name), Int(bitPattern: file)) {
                file.pointee.pMethods = FaultyMethods.replacing(file.pointee.pMethods)
            }
            return code
        }
    }

    /// It stays, because files may be open.
    func install() {
        sqlite3_vfs_register(replacement, 1)
    }
}

/// What a log's file does. Unchecked: written once, before the first file has them.
private struct FaultyMethods: @unchecked Sendable {
    private let original: UnsafePointer<sqlite3_io_methods>
    private let faulty: UnsafeMutablePointer<sqlite3_io_methods>
    /// The methods of all logs are the same.
    private static let shared = Mutex<FaultyMethods?>(nil)

    static func replacing(_ original: UnsafePointer<sqlite3_io_methods>) -> UnsafePointer<sqlite3_io_methods> {
        shared.withLock { shared in
            let methods = shared ?? FaultyMethods(original)
            shared = methods
            return UnsafePointer(methods.faulty)
        }
    }

    private static var originals: sqlite3_io_methods { shared.withLock { $0!.original.pointee } }

    private init(_ original: UnsafePointer<sqlite3_io_methods>) {
        self.original = original
        faulty = .allocate(capacity: 1)
        faulty.initialize(to: original.pointee)
        faulty.pointee.xWrite = { file, bytes, count, offset in
            if FaultyDisk.fault(at: Int(bitPattern: file), isSync: false) == .full { return SQLITE_FULL }
            return FaultyMethods.originals.xWrite(file, bytes, count, offset)
        }
        faulty.pointee.xSync = { file, flags in
            let fault = FaultyDisk.fault(at: Int(bitPattern: file), isSync: true)
            if fault == .failingSync { return SQLITE_IOERR_FSYNC }
            return FaultyMethods.originals.xSync(file, flags)
        }
    }
}

/// `SQLITE_IOERR | (4 << 8)`, a macro that Swift does not import.
private let SQLITE_IOERR_FSYNC: CInt = 1034
