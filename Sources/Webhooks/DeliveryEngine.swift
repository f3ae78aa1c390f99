import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import Logging
import NIOCore
import Synchronization

/// Makes the deliveries of the buckets that this node holds: reads what is due, lets the scheduler decide, sends, and
/// notes what came of it in batches.
///
/// Three things happen side by side. `feed()` reads new and due deliveries into the scheduler. The end of each exchange,
/// on an event loop's thread, frees a slot and starts what may start. `flush()` writes the outcomes of all exchanges that
/// ended meanwhile in one transaction. Until that is committed a delivery is pending in the database, so a crash at any
/// point repeats what was in flight and loses nothing.
final class DeliveryEngine: Sendable {
    private struct State {
        var scheduler: DeliveryScheduler<QueuedDelivery>
        /// Everything up to here was read in the order of positions.
        var cursor: DeliveryKey?
        var buckets: Set<Int64> = []
        /// Nothing is started after this moment, which is when another node may take the buckets; nil for no end.
        var leaseUntil: ContinuousClock.Instant?
        /// Buckets whose backlog was not looked at yet.
        var newBuckets: Set<Int64> = []
        var revision: Int64 = -1
        var ended: [EndedAttempt] = []
        /// Since when the attempts of a subscription fail, as the database has it.
        var failingSince: [Int64: Timestamp] = [:]
        var isStopping = false
        var kick: (at: Timestamp, task: Scheduled<Void>)?
    }

    private let database: any Database
    private let deliveries: DeliveryStore
    private let outbox: OutboxStore
    private let directory: Directory
    private let client: WebhookClient
    private let group: any EventLoopGroup
    private let clock: DeliveryClock
    private let wallClock: WallClock
    private let outcomes: OutcomeStore
    private let source: String
    private let state: Mutex<State>
    private let metrics = DeliveryMetrics()

    /// Is given something whenever the database should be read, or written to.
    let feedSignal: AsyncStream<Void>
    let flushSignal: AsyncStream<Void>
    private let requestFeed: AsyncStream<Void>.Continuation
    private let requestFlush: AsyncStream<Void>.Continuation

    /// The rows that one read of the queue's end takes.
    static let maximumTailRows = 1000
    /// The outcomes that one transaction writes.
    static let maximumOutcomes = 512

    init(_ parts: DeliveryParts, limits: SchedulerLimits = SchedulerLimits()) {
        database = parts.database
        directory = parts.directory
        client = parts.client
        group = parts.group
        clock = parts.clock
        wallClock = parts.wallClock
        source = parts.source
        deliveries = DeliveryStore(parts.database)
        outbox = OutboxStore(parts.database)
        outcomes = OutcomeStore(parts.database, disableAfterMilliseconds: parts.disableAfterMilliseconds)
        state = Mutex(State(scheduler: DeliveryScheduler(limits: limits)))
        (feedSignal, requestFeed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (flushSignal, requestFlush) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: What this node delivers

    /// Takes up the buckets that are new, and lets go of those that are gone: what is in flight of them still ends.
    ///
    /// - Parameters:
    ///   - buckets: those that this node holds.
    ///   - until: nothing is started later, unless this is called again; nil where nobody else can take them.
    func setBuckets(_ buckets: Set<Int64>, until: ContinuousClock.Instant?) {
        state.withLock { state in
            state.leaseUntil = until
            guard buckets != state.buckets else { return }
            state.newBuckets.formUnion(buckets.subtracting(state.buckets))
            state.newBuckets.formIntersection(buckets)
            state.buckets = buckets
            state.scheduler.removeAll { !buckets.contains(LeaseStore.bucket(of: $0)) }
        }
        requestFeed.yield()
    }

    /// Lets go of some buckets without an exchange under way, or one whose outcome is not written, and answers which: they
    /// can be given back at once.
    func giveUp(_ count: Int) -> Set<Int64> {
        state.withLock { state in
            let busy = state.scheduler.busySubscriptions.map(LeaseStore.bucket(of:))
            let given = Set(state.buckets.subtracting(busy).sorted().suffix(count))
            state.buckets.subtract(given)
            state.newBuckets.subtract(given)
            state.scheduler.removeAll { given.contains(LeaseStore.bucket(of: $0)) }
            return given
        }
    }

    // MARK: Reading

    /// Reads what is new and what is due, and starts what may start.
    ///
    /// - Returns: whether there is more to read at once.
    func feed() async throws -> Bool {
        let plan = state.withLock { state in
            state.scheduler.beginFeed()
            return FeedPlan(
                cursor: state.cursor,
                buckets: state.buckets,
                newBuckets: state.newBuckets,
                refills: state.cursor == nil ? [] : state.scheduler.refills(now: clock.now()),
                now: clock.now()
            )
        }
        do {
            let reader = FeedReader(deliveries: deliveries, outbox: outbox, directory: directory)
            var read = try await reader.read(plan, from: database)
            state.withLock { state in
                prepare(read, plan, &state)
                sift(&read, &state)
            }
            let events = try await reader.readEvents(at: read.positions, from: database)
            let hasMore = state.withLock { state in
                take(read, events, &state)
                state.scheduler.endFeed()
                let now = clock.now()
                return read.hasMore || nextWake(&state, at: now).map { $0 <= now } ?? false
            }
            pump()
            return hasMore
        } catch {
            state.withLock { $0.scheduler.endFeed() }
            throw error
        }
    }

    /// Brings the lanes up to date.
    private func prepare(_ read: FeedRead, _ plan: FeedPlan, _ state: inout State) {
        updateLanes(read, &state)
        state.failingSince.merge(read.failingSince) { known, _ in known }
        state.newBuckets.subtract(plan.newBuckets)
    }

    /// Leaves the rows whose events are to be read.
    private func sift(_ read: inout FeedRead, _ state: inout State) {
        read.tail = state.scheduler.sift(read.tail.filter { isMine($0.key.subscription, state) }, from: .tail)
        for index in read.refills.indices {
            read.refills[index].rows = state.scheduler.sift(read.refills[index].rows, from: .store)
        }
    }

    private func take(_ read: FeedRead, _ events: [Int64: QueuedEvent], _ state: inout State) {
        for row in read.tail { offer(row, read, events, .tail, &state) }
        for refill in read.refills {
            for row in refill.rows { offer(row, read, events, .store, &state) }
            state.scheduler.refilled(
                refill.request.subscription,
                isComplete: refill.isComplete,
                nextDue: refill.nextDue
            )
        }
        state.cursor = read.cursor
    }

    private func offer(
        _ row: DueRow,
        _ read: FeedRead,
        _ events: [Int64: QueuedEvent],
        _ source: DeliverySource,
        _ state: inout State
    ) {
        guard let event = events[row.key.position] else { return }
        let isOrdered = read.snapshot.subscriptions[row.key.subscription]?.subscription.isOrdered ?? false
        _ = state.scheduler.offer(
            DueDelivery(
                key: row.key,
                orderingKey: row.orderingKey,
                dueAt: row.nextAttemptAt,
                attempts: row.attempts,
                bytes: event.bytes,
                payload: QueuedDelivery(event: event, cause: row.cause, step: row.step, isOrdered: isOrdered)
            ),
            from: source
        )
    }

    /// Gives lanes to subscriptions that are new here, and new settings to those that changed.
    private func updateLanes(_ read: FeedRead, _ state: inout State) {
        let snapshot = read.snapshot
        let known = state.revision
        guard snapshot.revision > known || !state.newBuckets.isEmpty else { return }
        for receiver in snapshot.subscriptions.values {
            let subscription = receiver.subscription
            guard isMine(subscription.number, state) else { continue }
            let isNew = state.newBuckets.contains(LeaseStore.bucket(of: subscription.number))
            guard isNew || subscription.revision > known else { continue }
            let number = subscription.number
            // A change may have made deliveries due that were not, such as a resend.
            let due = isNew ? read.firstDue[number] : clock.now()
            state.scheduler.set(subscription.laneSettings, for: number, storedDue: due)
            if let due { state.scheduler.storedDue(number, at: due) }
        }
        state.scheduler.removeAll { snapshot.subscriptions[$0] == nil }
        state.revision = max(known, snapshot.revision)
    }

    private func isMine(_ subscription: Int64, _ state: borrowing State) -> Bool {
        state.buckets.contains(LeaseStore.bucket(of: subscription))
    }

    // MARK: Sending

    /// Starts what may start now, and sees to it that this is called again when more may.
    func pump() {
        let started = state.withLock { state in
            let started = start(&state, at: clock.now())
            scheduleKick(&state)
            return started
        }
        for delivery in started { send(delivery) }
    }

    private func start(_ state: inout State, at now: Timestamp) -> [DueDelivery<QueuedDelivery>] {
        mayStart(state) ? state.scheduler.start(now: now) : []
    }

    /// When more may start, or be read; nil while nothing may, which ends with a call of `setBuckets` or with a poll.
    private func nextWake(_ state: inout State, at now: Timestamp) -> Timestamp? {
        mayStart(state) ? state.scheduler.nextWake(now: now) : nil
    }

    private func mayStart(_ state: borrowing State) -> Bool {
        if state.isStopping { return false }
        guard let end = state.leaseUntil else { return true }
        return ContinuousClock.now < end
    }

    private func scheduleKick(_ state: inout State) {
        let now = clock.now()
        guard let next = nextWake(&state, at: now) else { return }
        // What is wanted now, after everything was started that may start, is a read.
        guard next > now else {
            requestFeed.yield()
            return
        }
        if let kick = state.kick {
            guard next < kick.at else { return }
            kick.task.cancel()
        }
        let delay = max(next.milliseconds - now.milliseconds, 1)
        let task = group.any().scheduleTask(in: .milliseconds(delay)) { [weak self] in
            guard let self else { return }
            self.state.withLock { $0.kick = nil }
            self.requestFeed.yield()
            self.pump()
        }
        state.kick = (next, task)
    }

    private func send(_ delivery: DueDelivery<QueuedDelivery>) {
        let startedAt = wallClock.now()
        guard let receiver = directory.latest.subscriptions[delivery.key.subscription] else {
            // Deleted since it was queued.
            release(delivery)
            return
        }
        let request: ExchangeRequest
        do {
            request = try ExchangeRequest(delivery.payload.event.delivered, to: receiver, source: source, at: startedAt)
        } catch {
            let failure = ExchangeFailure(kind: .signing, message: "the request cannot be signed: \(error)")
            let outcome = ExchangeOutcome(result: .failure(failure), timings: ExchangeTimings(), address: nil)
            group.any().execute { self.end(delivery, receiver, startedAt, outcome) }
            return
        }
        metrics.started()
        client.send(request) { outcome in
            self.metrics.ended(outcome)
            if case .failure(let failure) = outcome.result, failure.kind == .cancelled {
                self.release(delivery)
            } else {
                self.end(delivery, receiver, startedAt, outcome)
            }
        }
    }

    /// No attempt was made, so none is counted.
    private func release(_ delivery: DueDelivery<QueuedDelivery>) {
        state.withLock { state in
            state.scheduler.finished(delivery.key, .released, now: clock.now())
        }
    }

    private func end(
        _ delivery: DueDelivery<QueuedDelivery>,
        _ receiver: Receiver,
        _ startedAt: Timestamp,
        _ outcome: ExchangeOutcome
    ) {
        var generator = SystemRandomNumberGenerator()
        let ended = EndedAttempt(
            delivery,
            receiver: receiver,
            startedAt: startedAt,
            finishedAt: wallClock.now(),
            outcome: outcome,
            now: clock.now(),
            using: &generator
        )
        let started = state.withLock { state in
            let now = clock.now()
            state.scheduler.finished(delivery.key, ended.schedulerResult, now: now)
            state.ended.append(ended)
            let started = start(&state, at: now)
            if started.isEmpty { scheduleKick(&state) }
            return started
        }
        requestFlush.yield()
        for delivery in started { send(delivery) }
    }

    // MARK: Writing

    /// Writes what ended.
    ///
    /// - Returns: whether more has ended meanwhile.
    func flush() async throws -> Bool {
        let (batch, failingSince) = state.withLock { state in
            (Array(state.ended.prefix(Self.maximumOutcomes)), state.failingSince)
        }
        guard !batch.isEmpty else { return false }
        let plan = OutcomePlan(batch, failingSince: failingSince, at: wallClock.now())
        let written = try await outcomes.write(plan, at: wallClock.now())
        let hasMore = state.withLock { state in
            state.ended.removeFirst(batch.count)
            for ended in batch { state.scheduler.settled(ended.completion.key, retryAt: ended.retryAt) }
            for (subscription, since) in plan.healthChanges { state.failingSince[subscription] = since }
            return !state.ended.isEmpty
        }
        if written.enqueuedEvents { database.announce(Outbox.enqueued) }
        if written.changedSubscriptions { database.announce(Dispatcher.dispatched) }
        pump()
        return hasMore
    }

    // MARK: Stopping

    /// Starts nothing more.
    func stop() {
        state.withLock { state in
            state.isStopping = true
            state.kick?.task.cancel()
            state.kick = nil
        }
    }

    /// Whether an exchange is under way, or its outcome not written.
    var isBusy: Bool { state.withLock { $0.scheduler.isBusy } }

    // MARK: Answers

    func report(of subscription: Int64) -> LaneReport? {
        state.withLock { state in
            isMine(subscription, state) ? state.scheduler.report(subscription, now: clock.now()) : nil
        }
    }

    /// Since when a delivery is being attempted; nil where it is not, by this process.
    func inFlightSince(_ key: DeliveryKey) -> Timestamp? {
        state.withLock { $0.scheduler.inFlight(key) }
    }

    var now: Timestamp { clock.now() }
}
