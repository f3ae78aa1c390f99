import DequeModule
import HeapModule
import HooklinePrimitives

/// The deliveries of a lane that keeps order: one queue per ordering key, or one for all where order is strict.
///
/// The first delivery of a key stays there while it is in flight and until it is settled, and no other of the key starts.
/// A delivery without a key is a key of its own.
struct OrderedQueue: Sendable {
    enum Admission: Sendable, Equatable {
        case accepted(keyIndex: Int)
        /// The key stays in the store until what is in memory of it is done.
        case keyIsExcluded
        /// Too many keys are excluded already.
        case jammed
    }

    private struct Row: Sendable {
        let slot: Int
        let position: Int64
        var dueAt: Timestamp
        var attempts: Int
    }

    private struct Key: Sendable {
        var name: Identifier?
        var rows = Deque<Row>()
        /// The first row is in flight or unsettled.
        var isBusy = false
        var isExcluded = false
    }

    /// What of `SchedulerLimits` is needed here, small.
    private struct Limits: Sendable {
        let crowdedCount: Int32
        let perKey: Int32
        let perFailingKey: Int32
        let excludedKeys: Int32
    }

    /// A key whose first row is not due yet.
    private struct Waiting: Sendable, Comparable {
        let dueAt: Timestamp
        let index: Int

        static func < (left: Waiting, right: Waiting) -> Bool {
            left.dueAt == right.dueAt ? left.index < right.index : left.dueAt < right.dueAt
        }
    }

    let isStrict: Bool
    private let limits: Limits
    private var keys: ContiguousArray<Key> = []
    private var freeIndices: [Int] = []
    private var indices: [Identifier: Int] = [:]
    /// Keys that may start, or are to be looked at. A key that has rows and is not busy stands here or in `waiting`; it may
    /// stand there twice, or without need.
    private var ready = Deque<Int>()
    private var waiting = Heap<Waiting>()
    private var excluded: Set<Int> = []
    /// Rows that wait: all but the busy ones.
    private(set) var count = 0

    init(isStrict: Bool, limits: SchedulerLimits) {
        self.isStrict = isStrict
        self.limits = Limits(
            crowdedCount: Int32(limits.maximumOrderedPerLane / 2),
            perKey: Int32(limits.maximumPerKey),
            perFailingKey: Int32(limits.maximumPerFailingKey),
            excludedKeys: Int32(limits.maximumExcludedKeys)
        )
        if isStrict { keys.append(Key()) }
    }

    var isJammed: Bool { excluded.count >= limits.excludedKeys }
    var excludedCount: Int { excluded.count }
    /// Keys whose first row waits for its time.
    var blockedCount: Int { waiting.count }
    var excludedNames: [Identifier] { excluded.compactMap { keys[$0].name }.sorted() }
    /// The slots of the rows that wait.
    var slots: [Int] { keys.flatMap { $0.rows.dropFirst($0.isBusy ? 1 : 0).map(\.slot) } }

    // MARK: In

    func isExcluded(_ name: Identifier) -> Bool {
        guard !isStrict, let index = indices[name] else { return false }
        return keys[index].isExcluded
    }

    /// Adds a row, if its key may have one more, behind those with lower positions.
    mutating func admit(
        slot: Int,
        position: Int64,
        name: Identifier?,
        dueAt: Timestamp,
        attempts: Int
    ) -> Admission {
        let index = index(of: name)
        if !isStrict, name != nil, let refusal = refusal(at: index) { return refusal }
        let row = Row(slot: slot, position: position, dueAt: dueAt, attempts: attempts)
        let first = keys[index].isBusy ? 1 : 0
        var place = keys[index].rows.count
        while place > first, keys[index].rows[place - 1].position > position { place -= 1 }
        keys[index].rows.insert(row, at: place)
        count += 1
        if place == 0 { ready.append(index) }
        return .accepted(keyIndex: index)
    }

    private mutating func refusal(at index: Int) -> Admission? {
        guard !keys[index].isExcluded else { return .keyIsExcluded }
        let isFailing = (keys[index].rows.first?.attempts ?? 0) > 0
        let isCrowded = count > limits.crowdedCount
        let allowance = !isFailing ? limits.perKey : isCrowded ? 1 : limits.perFailingKey
        guard keys[index].rows.count >= allowance else { return nil }
        guard !isJammed else { return .jammed }
        keys[index].isExcluded = true
        excluded.insert(index)
        return .keyIsExcluded
    }

    private mutating func index(of name: Identifier?) -> Int {
        if isStrict { return 0 }
        if let name, let index = indices[name] { return index }
        let index: Int
        if let free = freeIndices.popLast() {
            index = free
        } else {
            index = keys.count
            keys.append(Key())
        }
        keys[index].name = name
        if let name { indices[name] = index }
        return index
    }

    // MARK: Out

    /// Whether a row may start now.
    mutating func isReady(now: Timestamp) -> Bool {
        while let next = waiting.min, next.dueAt <= now {
            waiting.removeMin()
            ready.append(next.index)
        }
        while let index = ready.first {
            if !keys[index].isBusy, let row = keys[index].rows.first {
                if row.dueAt <= now { return true }
                waiting.insert(Waiting(dueAt: row.dueAt, index: index))
            }
            ready.removeFirst()
        }
        return false
    }

    var hasNothingReady: Bool { ready.isEmpty }
    var nextDue: Timestamp? { waiting.min?.dueAt }

    /// Takes the row that `isReady` found; its key is busy from then on.
    mutating func start() -> Int? {
        guard let index = ready.popFirst(), let row = keys[index].rows.first else { return nil }
        keys[index].isBusy = true
        count -= 1
        return row.slot
    }

    // MARK: Results

    /// The key's first row was not attempted.
    mutating func release(_ index: Int) {
        keys[index].isBusy = false
        count += 1
        ready.prepend(index)
    }

    /// The key's first row is tried again at `dueAt`.
    mutating func retry(_ index: Int, dueAt: Timestamp, attempts: Int) {
        keys[index].isBusy = false
        keys[index].rows[0].dueAt = dueAt
        keys[index].rows[0].attempts = attempts
        count += 1
        ready.append(index)
    }

    /// The key's first row is done for good. True where nothing of an excluded key is in memory any more.
    mutating func finish(_ index: Int) -> Bool {
        keys[index].isBusy = false
        keys[index].rows.removeFirst()
        guard keys[index].rows.isEmpty else {
            ready.append(index)
            return false
        }
        guard !keys[index].isExcluded else { return true }
        free(index)
        return false
    }

    /// A key that had a row and lost it without an attempt, or never got one, is forgotten.
    private mutating func free(_ index: Int) {
        guard !isStrict else { return }
        if let name = keys[index].name { indices[name] = nil }
        keys[index].name = nil
        freeIndices.append(index)
    }

    /// Wants excluded keys again of which nothing is in memory; false where there were none.
    mutating func readmitKeys() -> Bool {
        let drained = excluded.filter { keys[$0].rows.isEmpty }
        for index in drained {
            excluded.remove(index)
            keys[index].isExcluded = false
            free(index)
        }
        return !drained.isEmpty
    }
}
