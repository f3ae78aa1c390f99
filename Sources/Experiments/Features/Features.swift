public import HooklineEvents
public import HooklinePrimitives
public import HooklineStorage

/// Features: write them, evaluate them, publish them to SDKs.
///
///     let features = Features(database: database, log: log)
///     try await features.put("new-player", ["defaultValue": "old", "rules": [["force": "new", "coverage": 0.1]]])
///     let answer = try await features.evaluate("new-player", EvaluationContext(attributes: ["id": "user_1"]))
///     print(answer.value)
///
/// A definition is GrowthBook's, with rules that may name an experiment of ``Experiments``.
public struct Features: Sendable {
    let database: any Database
    let experiments: ExperimentStore
    let outbox: Outbox
    let clock: WallClock
    /// Who does what is done.
    var actor = AuditActor.library
    let store = FeatureStore()
    let published: FeatureCache
    let recorder: ExposureRecorder

    public static let maximumFeatures = 10_000
    public static let maximumSavedGroups = 10_000
    public static let maximumDefinitionBytes = 1024 * 1024
    public static let maximumKeyBytes = 128

    /// - Parameters:
    ///   - database: With the tables of `EventMigrations`, `OutboxMigrations` and `ExperimentMigrations`.
    ///   - log: Where exposures are written.
    ///   - outbox: Where changes are announced; nil makes one on the same database.
    ///   - clock: The time of changes, and of the steps of ramps.
    public init(database: any Database, log: EventLog, outbox: Outbox? = nil, clock: WallClock = .system) {
        self.database = database
        self.clock = clock
        self.outbox = outbox ?? Outbox(database, clock: clock)
        experiments = ExperimentStore(database)
        published = FeatureCache(database, experiments, clock)
        recorder = ExposureRecorder(database, log)
    }

    /// The same features, in the hands of somebody: what is done is noted as theirs.
    /// - Parameter actor: An id that tells who it is, and no secret.
    public func acting(as actor: String) -> Features {
        var features = self
        features.actor = actor
        return features
    }

    // MARK: Reading

    /// - Throws: `FeatureError.unknown`.
    public func get(_ key: Identifier, _ kind: FeaturePart.Kind = .feature) async throws -> FeaturePart {
        try await database.read { try store.get(kind, key, in: $0) }
    }

    /// In the order of their keys.
    public func list(
        _ kind: FeaturePart.Kind = .feature,
        _ page: PageRequest = PageRequest()
    ) async throws -> Page<FeaturePart> {
        try await database.read { try store.list(kind, page, in: $0) }
    }

    /// What a feature was, from the first version on, and who has made it so; also of one that is deleted.
    ///
    /// - Throws: `FeatureError.unknown`, `invalidCursor`.
    public func versions(
        of key: Identifier,
        _ kind: FeaturePart.Kind = .feature,
        _ page: PageRequest = PageRequest()
    ) async throws -> Page<FeaturePartVersion> {
        try await database.read { try store.versions(of: kind, key, page, in: $0) }
    }

    /// - Throws: `FeatureError.unknown`, `unknownVersion`.
    public func version(
        _ version: Int,
        of key: Identifier,
        _ kind: FeaturePart.Kind = .feature
    ) async throws -> FeaturePartVersion {
        try await database.read { try store.version(version, of: kind, key, in: $0) }
    }

    /// The features as they stand, for evaluations and SDKs.
    public func current() async throws -> PublishedFeatures { try await published.current() }

    /// Reads what has changed, in case no notice of it has come yet.
    public func refresh() async throws { try await published.refresh() }

    /// Tells when features are published that are others than before.
    public func changes() -> AsyncStream<Void> { published.changes() }
}
