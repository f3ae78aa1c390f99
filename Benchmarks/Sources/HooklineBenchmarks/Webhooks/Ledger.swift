import Glibc
import Synchronization

/// Memory that the benchmark and its receiver share: when each event arrived, and how the receiver is to behave.
///
/// The clock of `Machine.nanoseconds` is the same in all processes.
final class Ledger: Sendable {
    /// The words before the slots.
    enum Word: Int {
        /// Where the receiver listens; 0 while it does not.
        case port
        /// Not 0 while the receiver refuses connections.
        case isDown
        /// Requests to paths below this number are never answered.
        case hangingPaths
        /// Not 0 where a slot is chosen by the number of the path and not by that of the event.
        case isByPath
        /// How many random numbers are drawn before a request is answered.
        case work
        /// Requests that were answered.
        case answered
        /// Of which their slot was taken already.
        case repeated
        /// Requests that were read and are never answered.
        case hanging
        /// Connections that were accepted.
        case connections
        case words
    }

    private typealias Cell = Atomic<Int64>
    // SAFETY: every access is atomic, and the memory stays mapped for as long as this lives.
    private nonisolated(unsafe) let cells: UnsafeMutablePointer<Cell>
    private let count: Int
    let slots: Int
    let path: String

    /// Makes the file, or opens it where `slots` is nil.
    init(_ path: String, slots: Int? = nil) throws {
        let file = open(path, slots == nil ? O_RDWR : O_RDWR | O_CREAT | O_EXCL, 0o600)
        guard file >= 0 else { throw Failure("\(path) cannot be opened: errno \(errno)") }
        defer { close(file) }
        if let slots {
            let bytes = (Word.words.rawValue + slots) * MemoryLayout<Cell>.stride
            guard ftruncate(file, bytes) == 0 else { throw Failure("\(path) cannot be made: errno \(errno)") }
        }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Failure("\(path) has no length: errno \(errno)") }
        let bytes = Int(status.st_size)
        guard let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), memory != MAP_FAILED else {
            throw Failure("\(path) cannot be mapped: errno \(errno)")
        }
        count = bytes / MemoryLayout<Cell>.stride
        cells = memory.bindMemory(to: Cell.self, capacity: count)
        self.slots = count - Word.words.rawValue
        self.path = path
    }

    deinit {
        munmap(cells, count * MemoryLayout<Cell>.stride)
    }

    subscript(word: Word) -> Int64 {
        get { cells[word.rawValue].load(ordering: .acquiring) }
        set { cells[word.rawValue].store(newValue, ordering: .releasing) }
    }

    func add(_ word: Word) {
        cells[word.rawValue].wrappingAdd(1, ordering: .relaxed)
    }

    /// When the event of a slot first arrived, in nanoseconds; 0 where it did not.
    func arrival(_ slot: Int) -> Int64 {
        cells[Word.words.rawValue + slot].load(ordering: .acquiring)
    }

    /// Notes an arrival. Answers false where there was one before.
    func arrived(_ slot: Int, at nanoseconds: Int64) -> Bool {
        cells[Word.words.rawValue + slot]
            .compareExchange(expected: 0, desired: nanoseconds, ordering: .acquiringAndReleasing).exchanged
    }

    /// All arrivals, unsorted.
    func arrivals() -> [Int64] { (0..<slots).map(arrival).filter { $0 > 0 } }

    /// Whether `condition` became true within so many seconds. It looks every few milliseconds.
    func wait(seconds: Double, until condition: () throws -> Bool) rethrows -> Bool {
        let start = Machine.nanoseconds()
        while true {
            if try condition() { return true }
            if Machine.seconds(since: start) > seconds { return false }
            usleep(5000)
        }
    }
}
