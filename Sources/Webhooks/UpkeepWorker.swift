import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import Logging
import ServiceLifecycle

/// The work that nobody waits for: replays, deliveries of deleted subscriptions, what is older than the retention, and
/// secrets that an older key has sealed.
struct UpkeepWorker: Service {
    private let database: any Database
    private let directory: Directory
    private let replays: ReplayStore
    private let deliveries: DeliveryStore
    private let subscriptions: SubscriptionStore
    private let outbox: OutboxStore
    private let resealer: SecretResealer
    private let clock: DeliveryClock
    private let wallClock: WallClock
    private let retentionMilliseconds: Int64
    private let logger: Logger

    static let interval = Duration.milliseconds(500)
    static let removalInterval = Duration.seconds(30)
    static let resealingInterval = Duration.seconds(60)
    /// How long an ended secret stays: longer than the clocks of nodes differ.
    static let endedSecretMilliseconds: Int64 = 3_600_000
    /// How much one transaction deletes or changes: short, so that nobody waits for it.
    static let maximumPositionsPerStep = 200
    static let maximumAbandonedPerStep = 1000

    init(
        database: any Database,
        directory: Directory,
        vault: SubscriptionVault,
        clock: DeliveryClock,
        wallClock: WallClock,
        retentionMilliseconds: Int64,
        logger: Logger
    ) {
        self.database = database
        self.directory = directory
        self.clock = clock
        self.wallClock = wallClock
        self.retentionMilliseconds = retentionMilliseconds
        self.logger = logger
        replays = ReplayStore(database)
        deliveries = DeliveryStore(database)
        subscriptions = SubscriptionStore(database)
        outbox = OutboxStore(database)
        resealer = SecretResealer(database: database, vault: vault, logger: logger)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask { await replay() }
                group.addTask { await removeOld() }
                group.addTask { await tendSecrets() }
            }
        }
    }

    private func replay() async {
        let wake = WakeUps(database.announcements(of: Dispatcher.dispatched), every: Self.interval)
        await wake.forEach {
            do {
                while try await replayStep(), !Task.isCancelled {}
            } catch is CancellationError {
            } catch {
                logger.warning("Replays wait for the database", metadata: ["error": "\(error)"])
            }
        }
    }

    private func removeOld() async {
        while !Task.isCancelled {
            do {
                while try await abandonStep(), !Task.isCancelled {}
                while try await retentionStep(), !Task.isCancelled {}
            } catch is CancellationError {
            } catch {
                logger.warning("Old deliveries wait to be removed", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: Self.removalInterval)
        }
    }

    private func tendSecrets() async {
        var known: Set<EncryptionError> = []
        while !Task.isCancelled {
            do {
                try await removeEndedSecrets()
                _ = try await resealer.run(known: &known)
            } catch is CancellationError {
            } catch {
                logger.warning("Secrets wait to be sealed with the first key", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: Self.resealingInterval)
        }
    }

    func removeEndedSecrets() async throws {
        let cutoff = wallClock.now().advanced(byMilliseconds: -Self.endedSecretMilliseconds)
        let subscriptions = subscriptions
        try await database.write { try subscriptions.deleteSecrets(expiredBefore: cutoff, in: $0) }
    }

    /// - Returns: whether there may be more to do at once; so do the others.
    func replayStep() async throws -> Bool {
        let now = clock.now()
        let (replays, directory) = (replays, directory)
        let step = try await database.write { try replays.step(directory, at: now, in: $0) }
        guard let step else { return false }
        if step.scheduled > 0 { database.announce(Dispatcher.dispatched) }
        return true
    }

    func abandonStep() async throws -> Bool {
        let now = wallClock.now()
        let (deliveries, subscriptions) = (deliveries, subscriptions)
        guard let deleted = try await database.read({ try subscriptions.deletedWithPending(in: $0) }) else {
            return false
        }
        return try await database.write { transaction in
            try deliveries.abandon(deleted, limit: Self.maximumAbandonedPerStep, at: now, in: transaction) > 0
        }
    }

    func retentionStep() async throws -> Bool {
        let cutoff = wallClock.now().advanced(byMilliseconds: -retentionMilliseconds)
        let (deliveries, outbox) = (deliveries, outbox)
        let old = try await database.read { transaction in
            let young = try outbox.firstPosition(since: cutoff, in: transaction)
            return try deliveries.settledPositions(
                before: young,
                limit: Self.maximumPositionsPerStep,
                in: transaction
            )
        }
        guard !old.isEmpty else { return false }
        try await database.write { transaction in
            try deliveries.delete(old, in: transaction)
            try outbox.delete(old, in: transaction)
        }
        return true
    }
}
