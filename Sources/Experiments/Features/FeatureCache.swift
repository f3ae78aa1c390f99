import HooklinePrimitives
import HooklineStorage
import Synchronization

/// The features as they are published, so that no evaluation reads the database.
///
/// Where a worker follows the database, what it has read last is taken, also while the database is away. Else every call looks
/// whether it is still so.
final class FeatureCache: Sendable {
    private struct State {
        var published: PublishedFeatures?
        var isFollowed = false
        /// Whether somebody compiles the next step of a schedule, so that not everybody who asks meanwhile does.
        var isStepping = false
    }

    private let database: any Database
    private let experiments: ExperimentStore
    private let clock: WallClock
    private let state = Mutex(State())
    private let announcements = Announcements()

    /// Announced on all nodes when features, or the experiments that they name, have changed.
    static let changed = Channel("hookline_features")

    init(_ database: any Database, _ experiments: ExperimentStore, _ clock: WallClock) {
        self.database = database
        self.experiments = experiments
        self.clock = clock
    }

    /// As they are published now.
    func current() async throws -> PublishedFeatures {
        guard let known = state.withLock({ $0.isFollowed ? $0.published : nil }) else { return try await refresh() }
        guard let next = known.nextChange else { return known }
        let now = clock.now()
        guard next <= now else { return known }
        let isFirst = state.withLock { state in
            defer { state.isStepping = true }
            return !state.isStepping
        }
        guard isFirst else { return known }
        defer { state.withLock { $0.isStepping = false } }
        return publish(known.source, at: now)
    }

    /// Reads what has changed.
    @discardableResult
    func refresh() async throws -> PublishedFeatures {
        let known = state.withLock(\.published)
        let source = try await database.read { transaction in
            let stamp = try self.stamp(in: transaction)
            if let known, known.source.stamp == stamp { return known.source }
            return try self.read(stamp, in: transaction)
        }
        return publish(source, at: clock.now())
    }

    /// Takes what was read, unless something newer is there already.
    private func publish(_ source: FeatureSource, at now: Timestamp) -> PublishedFeatures {
        let known = state.withLock(\.published)
        if let known, known.source.stamp == source.stamp, known.nextChange.map({ now < $0 }) ?? true { return known }
        let made = PublishedFeatures(source, at: now)
        let (result, isOther) = state.withLock { state in
            if let last = state.published, last.source.stamp.isNewer(than: source.stamp) { return (last, false) }
            let isOther = state.published?.tag != made.tag
            state.published = made
            return (made, isOther)
        }
        if isOther { announcements.deliver(Self.changed) }
        return result
    }

    /// Takes what this node has committed, and tells all others. Whoever has written sees it from then on; those who ask
    /// meanwhile get what there was.
    func hasChanged() async {
        database.announce(Self.changed)
        // What is committed stays so where it cannot be read now: the worker takes it as soon as it can.
        _ = try? await refresh()
    }

    /// Whether a worker keeps them up to date.
    func setFollowed(_ isFollowed: Bool) {
        state.withLock { $0.isFollowed = isFollowed }
    }

    var isFollowed: Bool { state.withLock(\.isFollowed) }

    /// Tells when others are published.
    func changes() -> AsyncStream<Void> { announcements.stream(of: Self.changed) }

    /// Ends all streams of changes.
    func finish() { announcements.finish() }

    // MARK: Reading

    private func stamp(in transaction: any Transaction) throws -> FeatureStamp {
        FeatureStamp(
            features: try FeatureStore().revision(in: transaction),
            experiments: try experiments.sumOfRevisions(in: transaction)
        )
    }

    private func read(_ stamp: FeatureStamp, in transaction: any Transaction) throws -> FeatureSource {
        let parts = try FeatureStore().all(in: transaction)
        let features = parts.filter { $0.kind == .feature }.map { ($0.key, $0.body) }
        return FeatureSource(
            stamp: stamp,
            parts: parts,
            experiments: try experiments.experiments(
                namedBy: Dictionary(uniqueKeysWithValues: features),
                in: transaction
            ),
            changedAt: try FeatureStore().changedAt(in: transaction)
        )
    }
}

extension FeatureStamp {
    fileprivate func isNewer(than other: FeatureStamp) -> Bool {
        features > other.features || (features == other.features && experiments > other.experiments)
    }
}
