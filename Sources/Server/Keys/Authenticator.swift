public import HooklinePrimitives
import Synchronization

/// Tells who holds a key.
///
/// Keys that were read from the database are kept for a few seconds. A key that is revoked on this node is refused from
/// then on; on other nodes when their copy has expired.
public final class Authenticator: Sendable {
    private let store: KeyStore
    private let environmentDigest: KeyDigest?
    private let clock: WallClock
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    struct State {
        var cached: [String: CachedKey] = [:]
        /// Counts revocations, so that a lookup which began before one does not bring the key back.
        var revocations = 0
        /// When keys were used, as far as the database was not told yet.
        var used: [String: Timestamp] = [:]
    }

    struct CachedKey {
        let key: StoredKey
        let expiresAt: ContinuousClock.Instant
    }

    /// - Parameters:
    ///   - store: the stored keys.
    ///   - environmentKey: a key that is accepted as an administrator's beside the stored ones.
    ///   - clock: tells when a key was used.
    ///   - now: tells when what is cached is too old.
    /// - Throws: `AuthenticatorError` where that key is too short to be safe.
    public init(
        store: KeyStore,
        environmentKey: String? = nil,
        clock: WallClock = .system,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) throws(AuthenticatorError) {
        if let environmentKey, environmentKey.utf8.count < Self.minimumEnvironmentKeyCharacters {
            throw .environmentKeyTooShort(minimumCharacters: Self.minimumEnvironmentKeyCharacters)
        }
        self.store = store
        self.clock = clock
        self.now = now
        environmentDigest = environmentKey.map(KeyDigest.init(of:))
    }

    /// Who holds the key; nil where no such key exists (any more).
    ///
    /// - Throws: `StorageError` where the database cannot tell. The key may be good then.
    public func principal(holding text: String) async throws -> Principal? {
        guard text.utf8.count <= Self.maximumKeyCharacters else { return nil }
        if let environmentDigest, environmentDigest.matches(KeyDigest(of: text)) {
            return Principal(origin: .environmentKey, scope: .admin)
        }
        guard let given = APIKey(text), let stored = try await key(given.id), stored.digest.matches(given.digest) else {
            return nil
        }
        state.withLock { $0.used[stored.id] = clock.now() }
        return Principal(origin: .storedKey(id: stored.id), scope: stored.scope)
    }

    /// Revokes a key. Answers whether there was one.
    public func revoke(_ id: String) async throws -> Bool {
        let existed = try await store.remove(id)
        state.withLock { state in
            state.cached[id] = nil
            state.used[id] = nil
            state.revocations += 1
        }
        return existed
    }

    /// Tells the database when keys were used. Called once a minute, so that reading does not become writing.
    ///
    /// - Throws: `StorageError`. The moments are kept for the next time then.
    public func flushUsage() async throws {
        let used = state.withLock { state in
            defer { state.used = [:] }
            return state.used
        }
        guard !used.isEmpty else { return }
        do {
            try await store.markUsed(used)
        } catch {
            state.withLock { $0.used.merge(used) { later, _ in later } }
            throw error
        }
    }

    private func key(_ id: String) async throws -> StoredKey? {
        let moment = now()
        let (cached, revocations) = state.withLock { ($0.cached[id], $0.revocations) }
        if let cached, cached.expiresAt > moment { return cached.key }
        let found = try await store.key(id)
        state.withLock { state in
            guard state.revocations == revocations else { return }
            state.remember(found, id: id, until: moment + Self.timeToLive, now: moment)
        }
        return found
    }

    /// The shortest key that the environment may give.
    public static let minimumEnvironmentKeyCharacters = 32
    /// A longer text is no key, and is not hashed.
    static let maximumKeyCharacters = 1024
    /// How long a key that was revoked on another node may still be accepted here.
    static let timeToLive = Duration.seconds(5)
    /// The most keys that are kept in memory.
    static let maximumCachedKeys = 10_000
}

extension Authenticator.State {
    /// Keeps a key, and makes room by forgetting what has expired, then anything.
    mutating func remember(
        _ key: StoredKey?,
        id: String,
        until expiresAt: ContinuousClock.Instant,
        now: ContinuousClock.Instant
    ) {
        guard let key else {
            cached[id] = nil
            return
        }
        if cached.count >= Authenticator.maximumCachedKeys {
            cached = cached.filter { $0.value.expiresAt > now }
            if cached.count >= Authenticator.maximumCachedKeys { cached.removeAll() }
        }
        cached[id] = Authenticator.CachedKey(key: key, expiresAt: expiresAt)
    }
}

public enum AuthenticatorError: Error, Equatable, CustomStringConvertible {
    case environmentKeyTooShort(minimumCharacters: Int)

    public var description: String {
        switch self {
        case .environmentKeyTooShort(let minimum):
            "the administrator's key is too short; accepted are at least \(minimum) characters"
        }
    }
}
