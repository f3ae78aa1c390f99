import HooklinePrimitives

@testable import HooklineWebhooks

/// A scheduler with a store, receivers and a clock that exist only in memory. Reads, exchanges and commits take time, and
/// overlap; every start is checked against the store.
struct SchedulerSimulation {
    enum Event {
        case create(subscription: Int64, name: Identifier?)
        case tailRead([VirtualStore.Row], run: Int)
        case readSnapshot(Refill, run: Int)
        case readEnd(Refill, [VirtualStore.Row], isComplete: Bool, nextDue: Timestamp?, run: Int)
        case exchangeEnd(DeliveryKey, DeliveryResult, run: Int)
        case commit(DeliveryKey, retryAt: Timestamp?, run: Int)
        case settle(DeliveryKey, retryAt: Timestamp?, run: Int)
        case crash
        case wake
    }

    struct Exchange {
        let milliseconds: Int64
        let result: DeliveryResult
    }

    /// How a receiver answers: subscription, moment, attempts before.
    typealias Receiver = (VirtualStore.Row, Timestamp, inout SimulationRandom) -> Exchange

    var scheduler: DeliveryScheduler<Int>
    var store: VirtualStore
    var now = Timestamp(milliseconds: 1_000_000)
    var random: SimulationRandom
    var settings: [Int64: LaneSettings]
    var receiver: Receiver
    var retryMilliseconds: ClosedRange<Int64> = 500...1500
    var readMilliseconds: ClosedRange<Int64> = 2...6
    var commitMilliseconds: ClosedRange<Int64> = 2...6
    var maximumAttempts = Int.max

    var events = EventHeap<Event>()
    /// Of the process, which a crash ends.
    private(set) var run = 0
    private var tailPosition: Int64 = 0
    private var nextWakeAt: Timestamp?
    private let limits: SchedulerLimits
    private(set) var running: [DeliveryKey: Timestamp] = [:]

    // What was seen.
    private(set) var violations: [String] = []
    private(set) var starts: [(key: DeliveryKey, at: Timestamp, waited: Int64)] = []
    private(set) var outcomes: [DeliveryKey: Int] = [:]
    private(set) var reads = 0
    private(set) var mostKnown = 0
    private(set) var mostBytes = 0

    init(
        seed: UInt64,
        limits: SchedulerLimits = SchedulerLimits(),
        settings: [Int64: LaneSettings],
        receiver: @escaping Receiver
    ) {
        random = SimulationRandom(seed: seed)
        self.limits = limits
        self.settings = settings
        self.receiver = receiver
        store = VirtualStore(orderings: settings.mapValues(\.ordering))
        scheduler = DeliveryScheduler(limits: limits, random: SimulationRandom(seed: seed &+ 1))
    }

    /// Begins a process: lanes, and all that the store has.
    mutating func boot() {
        scheduler = DeliveryScheduler(limits: limits, random: SimulationRandom(seed: random.next()))
        for subscription in settings.keys.sorted() { scheduler.set(settings[subscription]!, for: subscription) }
        tailPosition = store.lastPosition
        running = [:]
        run += 1
        nextWakeAt = nil
        pump()
    }

    mutating func create(_ subscription: Int64, name: Identifier? = nil, after milliseconds: Int64 = 0) {
        events.insert(.create(subscription: subscription, name: name), at: now.advanced(byMilliseconds: milliseconds))
    }

    /// Lets the time pass until nothing happens any more, or until the moment given.
    mutating func run(until end: Timestamp = Timestamp(milliseconds: .max)) {
        while let at = events.firstAt, at <= end, violations.count < 5, let next = events.popFirst() {
            now = next.at
            handle(next.event)
            // All that happens at one moment is seen together, as a process does that was busy.
            while events.firstAt == now, let next = events.popFirst() { handle(next.event) }
            pump()
        }
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .create(let subscription, let name):
            store.add(subscription, name: name, at: now)
            readTail()
        case .tailRead(let rows, run: run):
            for row in rows { scheduler.offer(row.due, from: .tail) }
            scheduler.endFeed()
        case .readSnapshot(let refill, run: run):
            let (rows, isComplete, nextDue) = store.read(refill, at: now)
            let event = Event.readEnd(refill, rows, isComplete: isComplete, nextDue: nextDue, run: run)
            events.insert(event, at: later(readMilliseconds))
        case .readEnd(let refill, let rows, let isComplete, let nextDue, run: run):
            // What was read arrives in one or in several parts.
            let count = Bool.random(using: &random) ? rows.count : rows.count / 2
            for row in rows.prefix(count) { scheduler.offer(row.due, from: .store) }
            if count < rows.count {
                let rest = Array(rows.dropFirst(count))
                let event = Event.readEnd(refill, rest, isComplete: isComplete, nextDue: nextDue, run: run)
                return events.insert(event, at: later(0...readMilliseconds.upperBound * 4))
            }
            scheduler.refilled(refill.subscription, isComplete: isComplete, nextDue: nextDue)
            scheduler.endFeed()
        case .exchangeEnd(let key, let result, run: run): end(key, result)
        case .commit(let key, let retryAt, run: run):
            store.note(key, retryAt: retryAt)
            events.insert(.settle(key, retryAt: retryAt, run: run), at: later(0...2))
        case .settle(let key, let retryAt, run: run): scheduler.settled(key, retryAt: retryAt)
        case .crash: boot()
        case .wake: nextWakeAt = nil
        case .tailRead, .readSnapshot, .readEnd, .exchangeEnd, .commit, .settle: break
        }
    }

    private mutating func later(_ range: ClosedRange<Int64>) -> Timestamp {
        now.advanced(byMilliseconds: Int64.random(in: range, using: &random))
    }

    /// The tail is read as soon as something is there; what was read arrives a little later, in order.
    private mutating func readTail() {
        let rows = store.tail(after: tailPosition)
        tailPosition = store.lastPosition
        scheduler.beginFeed()
        events.insert(.tailRead(rows, run: run), at: now.advanced(byMilliseconds: 2))
    }

    private mutating func end(_ key: DeliveryKey, _ result: DeliveryResult) {
        running[key] = nil
        scheduler.finished(key, result, now: now)
        guard result != .released, let row = store[key] else { return }
        outcomes[key, default: 0] += 1
        var retryAt: Timestamp?
        if result != .succeeded, row.attempts + 1 < maximumAttempts { retryAt = later(retryMilliseconds) }
        events.insert(.commit(key, retryAt: retryAt, run: run), at: later(commitMilliseconds))
    }

    private mutating func pump() {
        for refill in scheduler.refills(now: now) {
            reads += 1
            scheduler.beginFeed()
            events.insert(.readSnapshot(refill, run: run), at: later(0...readMilliseconds.upperBound))
        }
        for delivery in scheduler.start(now: now) { begin(delivery) }
        mostKnown = max(mostKnown, scheduler.knownCount)
        mostBytes = max(mostBytes, scheduler.bufferedBytes)
        guard let wake = scheduler.nextWake(now: now) else { return }
        // What can be done now was done, or waits for another lane's turn.
        let at = max(wake, now.advanced(byMilliseconds: 1))
        if nextWakeAt.map({ $0 <= at }) ?? false { return }
        nextWakeAt = at
        events.insert(.wake, at: at)
    }

    private mutating func begin(_ delivery: DueDelivery<Int>) {
        let key = delivery.key
        guard let row = store[key] else { return violations.append("\(key) is unknown") }
        if !row.isPending { violations.append("\(key) started though it was done, at \(now)") }
        if running[key] != nil { violations.append("\(key) started twice, at \(now)") }
        if row.dueAt > now { violations.append("\(key) started before it was due, at \(now)") }
        if row.attempts != delivery.attempts { violations.append("\(key) has the wrong count of attempts") }
        if store.isBehindAnother(key) { violations.append("\(key) started before an earlier one, at \(now)") }
        running[key] = now
        starts.append((key, now, now.milliseconds - row.createdAt.milliseconds))
        let exchange = receiver(row, now, &random)
        let end = now.advanced(byMilliseconds: exchange.milliseconds)
        events.insert(.exchangeEnd(key, exchange.result, run: run), at: end)
    }
}
