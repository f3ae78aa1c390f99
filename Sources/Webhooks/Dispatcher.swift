import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import Logging
import Metrics
import ServiceLifecycle

/// Turns events that wait in the outbox into deliveries, once each.
struct Dispatcher: Sendable {
    private let database: any Database
    private let outbox: OutboxStore
    private let deliveries: DeliveryStore
    private let directory: Directory
    private let clock: DeliveryClock

    /// What is announced after deliveries were created, and whenever nodes should look what there is to do.
    static let dispatched = Channel("hookline_webhooks")
    /// The most events of one transaction.
    static let maximumEvents = 256

    init(database: any Database, directory: Directory, clock: DeliveryClock) {
        self.database = database
        self.directory = directory
        self.clock = clock
        outbox = OutboxStore(database)
        deliveries = DeliveryStore(database)
    }

    /// Dispatches what waits, at most `maximumEvents`, and answers how many events that were.
    func step() async throws -> Int {
        let now = clock.now()
        let (outbox, deliveries, directory) = (outbox, deliveries, directory)
        let count = try await database.write { transaction in
            let events = try outbox.take(Self.maximumEvents, in: transaction)
            guard !events.isEmpty else { return 0 }
            // Read after the events: a subscription that was committed before an event is seen.
            let snapshot = try directory.snapshot(in: transaction)
            var created: [NewDelivery] = []
            for event in events {
                let plan = DispatchPlan(event, snapshot: snapshot, at: now)
                if let refusal = plan.refusal {
                    try outbox.refuse(event.position, because: refusal, in: transaction)
                }
                created += plan.deliveries
            }
            try deliveries.add(created, at: now, in: transaction)
            return events.count
        }
        if count > 0 { database.announce(Self.dispatched) }
        return count
    }
}

/// Decides who gets an event.
struct DispatchPlan {
    private(set) var deliveries: [NewDelivery] = []
    /// Why nobody gets it.
    private(set) var refusal: String?

    init(_ event: DispatchedEvent, snapshot: Directory.Snapshot, at now: Timestamp) {
        guard let type = snapshot.eventTypes[event.event.type] else {
            refusal = "the type '\(event.event.type)' is not in the catalogue"
            return
        }
        var parsed: JSON??
        func payload() -> JSON? {
            if let parsed { return parsed }
            let json = try? JSON.parse(event.event.payload.bytes)
            parsed = .some(json)
            return json
        }
        if let problem = Self.problem(of: type, payload) {
            refusal = problem
            return
        }
        let facts = DomainEventFacts(
            type: event.event.type,
            tenant: event.event.tenant,
            channels: event.event.channels
        )
        // In the order of the table's key.
        for receiver in snapshot.candidates.receivers(of: facts.type, tenant: facts.tenant) {
            guard case .matches = receiver.match(facts, payload: payload) else { continue }
            let subscription = receiver.subscription
            // One that is not verified yet has asked for nothing.
            guard subscription.disabledReason != .unverified else { continue }
            deliveries.append(
                NewDelivery(
                    key: DeliveryKey(position: event.position, subscription: subscription.number),
                    dueAt: now,
                    orderingKey: subscription.isOrdered ? event.event.orderingKey : nil,
                    isOrdered: subscription.isOrdered,
                    skipped: subscription.isEnabled ? nil : .subscriptionDisabled
                )
            )
        }
    }

    /// An event that came through the SQL function was not checked before.
    private static func problem(of type: CheckedType, _ payload: () -> JSON?) -> String? {
        guard type.hasSchema else { return nil }
        guard let payload = payload() else { return "the payload is not accepted JSON" }
        guard let first = type.violations(of: payload).first else { return nil }
        return "the payload does not follow the schema of its type: '\(first.pointer)' \(first.problem)"
    }
}

/// Dispatches for as long as the process runs. Any number of nodes may: they take turns.
struct DispatchWorker: Service {
    private let dispatcher: Dispatcher
    private let database: any Database
    private let logger: Logger
    private let dispatched = Counter(label: "hookline_domain_events_dispatched_total")

    static let pollInterval = Duration.seconds(1)

    init(_ dispatcher: Dispatcher, database: any Database, logger: Logger) {
        self.dispatcher = dispatcher
        self.database = database
        self.logger = logger
    }

    func run() async throws {
        let wake = WakeUps(database.announcements(of: Outbox.enqueued), every: Self.pollInterval)
        await cancelWhenGracefulShutdown {
            await wake.forEach {
                do {
                    while true {
                        let count = try await dispatcher.step()
                        dispatched.increment(by: count)
                        guard count > 0, !Task.isCancelled else { break }
                    }
                } catch is CancellationError {
                } catch {
                    logger.warning("Events wait to be dispatched", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
