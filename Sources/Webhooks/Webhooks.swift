public import HooklineEvents
public import HooklinePrimitives
public import HooklineStorage
public import Logging
public import ServiceLifecycle

/// Webhooks: tell everybody who subscribed what happened, once it is durable, until they have heard it.
///
///     let subscribed = try await webhooks.subscribe(
///         SubscriptionDefinition(url: WebhookURL("https://example.com/webhook"), eventTypes: ["video.published"]))
///     print(subscribed.secret)  // whsec_..., shown this once
///     try await webhooks.deliver("video.published", ["video_id": "vid_789"])
///     print(try await webhooks.statistics().successRate)
///
/// An event is accepted when it is durable, and from then on is not lost: a crash at any point repeats at most what was
/// in flight. `services` do the delivering; without them running, events wait.
public struct Webhooks: Sendable {
    public let outbox: Outbox
    let database: any Database
    let directory: Directory
    let engine: DeliveryEngine
    let client: WebhookClient
    let vault: SubscriptionVault
    let configuration: WebhookConfiguration
    let subscriptionStore: SubscriptionStore
    let catalogue: CatalogueStore
    let deliveries: DeliveryStore
    let replayStore: ReplayStore
    let leases: LeaseStore
    let clock: WallClock
    private let deliveryClock: DeliveryClock

    /// What is announced when there may be new deliveries: for streams of events.
    public static let dispatched = Dispatcher.dispatched

    /// Makes everything ready on a migrated database, and delivers nothing yet.
    public init(
        database: any Database,
        outbox: Outbox,
        configuration: WebhookConfiguration,
        clock: WallClock = .system
    ) async throws {
        let catalogue = CatalogueStore(database)
        let leases = LeaseStore(database: database)
        let now = clock.now()
        let start = try await database.write { transaction in
            try catalogue.addBuiltIn(at: now, in: transaction)
            // Nodes that share a database compare what is due with its clock.
            return transaction.dialect == .sqlite
                ? now : Timestamp(milliseconds: try leases.databaseTime(in: transaction))
        }
        try self.init(
            database: database,
            outbox: outbox,
            configuration: configuration,
            clock: clock,
            deliveryClock: .steady(from: start)
        )
    }

    /// With a delivery clock of the caller's choice, on a database that has the built-in event types.
    init(
        database: any Database,
        outbox: Outbox,
        configuration: WebhookConfiguration,
        clock: WallClock,
        deliveryClock: DeliveryClock,
        resolver: HostResolver = .system,
        limits: SchedulerLimits = SchedulerLimits()
    ) throws(WebhookClientError) {
        let vault = SubscriptionVault(keys: configuration.keys)
        let directory = Directory(database: database, vault: vault)
        let client = try WebhookClient(
            group: configuration.group,
            policy: configuration.network,
            resolver: resolver,
            configuration: configuration.client
        )
        self.database = database
        self.outbox = outbox
        self.configuration = configuration
        self.clock = clock
        self.deliveryClock = deliveryClock
        self.vault = vault
        self.directory = directory
        self.client = client
        engine = DeliveryEngine(
            DeliveryParts(
                database: database,
                directory: directory,
                client: client,
                group: configuration.group,
                clock: deliveryClock,
                wallClock: clock,
                source: configuration.source,
                disableAfterMilliseconds: configuration.disableAfterMilliseconds
            ),
            limits: limits
        )
        subscriptionStore = SubscriptionStore(database)
        catalogue = CatalogueStore(database)
        deliveries = DeliveryStore(database)
        replayStore = ReplayStore(database)
        leases = LeaseStore(database: database)
    }

    /// What must run for events to be delivered. On several nodes, on each.
    public func services(logger: Logger) -> [any Service] {
        let dispatcher = Dispatcher(database: database, directory: directory, clock: deliveryClock)
        return [
            DispatchWorker(dispatcher, database: database, logger: logger),
            DeliveryWorker(
                engine,
                client: client,
                database: database,
                node: configuration.node,
                isAlone: configuration.isAlone,
                logger: logger
            ),
            UpkeepWorker(
                database: database,
                directory: directory,
                vault: vault,
                clock: deliveryClock,
                wallClock: clock,
                retentionMilliseconds: configuration.retentionMilliseconds,
                logger: logger
            ),
        ]
    }

    /// Whether the database holds something that was sealed, and that other keys would not open.
    public static func hasSecrets(in database: any Database) async throws -> Bool {
        let store = SubscriptionStore(database)
        return try await database.read { try store.hasSecrets(in: $0) }
    }

    // MARK: Events out

    /// Accepts events, all or none, and answers after they are durable.
    ///
    /// - Throws: `WebhookError.unknownEventType` and `.payloadRefused`; `OutboxError.idReused` where another event has the
    ///   id, `.overloaded`, `.invalid`; `StorageError`.
    public func deliver(_ events: [DomainEvent]) async throws -> [EnqueuedEvent] {
        // What was read last is enough for types that are known: the dispatcher checks with what stands in the database.
        let known = directory.latest
        let isKnown = events.allSatisfy { known.eventTypes[$0.type] != nil }
        let snapshot = isKnown ? known : try await snapshot()
        for event in events { try Self.check(event, snapshot) }
        return try await outbox.enqueue(events)
    }

    /// Accepts one event, and answers after it is durable.
    @discardableResult
    public func deliver(_ event: DomainEvent) async throws -> EnqueuedEvent {
        try await deliver([event])[0]
    }

    /// Accepts one event of now.
    @discardableResult
    public func deliver(_ type: Identifier, _ payload: JSON) async throws -> EnqueuedEvent {
        let event = DomainEvent(type: type, payload: RawJSON(unchecked: payload.encoded()), occurredAt: clock.now())
        return try await deliver(event)
    }

    /// Accepts an event in the caller's own transaction: it is delivered if that commits, and leaves no trace otherwise.
    ///
    ///     try await pool.write { db in
    ///         try video.insert(db)
    ///         try webhooks.enqueue(event, in: SQLiteTransaction(db))
    ///     }
    ///     webhooks.outbox.announce()  // or it is found within a second
    ///
    /// - Throws: as `deliver` does.
    @discardableResult
    public func enqueue(_ event: DomainEvent, in transaction: any Transaction) throws -> EnqueuedEvent {
        try Self.check(event, directory.snapshot(in: transaction))
        return try outbox.enqueue(event, in: transaction)
    }

    /// Which of some events is the first that has no type of the catalogue, or breaks its schema; nil where none is.
    public func firstRefused(of events: [DomainEvent]) async throws -> Int? {
        let snapshot = try await snapshot()
        return events.firstIndex { event in
            do {
                try Self.check(event, snapshot)
                return false
            } catch {
                return true
            }
        }
    }

    private static func check(_ event: DomainEvent, _ snapshot: Directory.Snapshot) throws {
        guard let type = snapshot.eventTypes[event.type] else {
            let accepted = snapshot.eventTypes.values.filter { !$0.type.isArchived }.map(\.type.name).sorted()
            throw WebhookError.unknownEventType(event.type, accepted: accepted)
        }
        guard type.hasSchema else { return }
        let violations = type.violations(of: try JSON.parse(event.payload.bytes))
        guard violations.isEmpty else { throw WebhookError.payloadRefused(type: event.type, violations: violations) }
    }

    /// What stands in the database now.
    func snapshot() async throws -> Directory.Snapshot {
        try await database.read { [directory] in try directory.snapshot(in: $0) }
    }
}
