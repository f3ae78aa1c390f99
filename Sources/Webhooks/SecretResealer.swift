import HooklinePrimitives
import HooklineStorage
import Logging
import Metrics

/// Seals anew, with the first key of the key file, what other keys have sealed, so that their lines can be taken away.
///
/// Any number of nodes may do it at once: a value is replaced only where it still is what was read, so what somebody
/// rotated, changed or removed meanwhile stays so. While nodes have different first keys, each seals with its own; all is
/// settled after the last one has the new file.
struct SecretResealer: Sendable {
    private let database: any Database
    private let store: SubscriptionStore
    private let vault: SubscriptionVault
    private let logger: Logger

    /// How much one transaction changes: short, so that nobody waits for it.
    static let maximumValuesPerStep = 100
    /// How many values the first key has not sealed. There is none before they were counted for the first time.
    static let remainingMetric = "hookline_webhook_sealed_with_other_keys"

    init(database: any Database, vault: SubscriptionVault, logger: Logger) {
        self.database = database
        self.vault = vault
        self.logger = logger
        store = SubscriptionStore(database)
    }

    /// Goes through all values once. What cannot be opened is left as it is, and each reason is logged once.
    ///
    /// - Parameter known: the reasons that were logged already.
    /// - Returns: how many values are left that the first key has not sealed.
    func run(known: inout Set<EncryptionError>) async throws -> Int {
        var remaining = try await count()
        if remaining > 0 {
            let (store, prefix, limit) = (store, vault.sealingPrefix, Self.maximumValuesPerStep)
            var resealed = 0
            var lastID = ""
            while true {
                let after = lastID
                let values = try await database.read {
                    try store.sealedSecrets(without: prefix, after: after, limit: limit, in: $0)
                }
                guard case .secret(let last)? = values.last?.place else { break }
                lastID = last
                resealed += try await reseal(values, known: &known)
            }
            var lastNumber: Int64 = 0
            while true {
                let after = lastNumber
                let values = try await database.read {
                    try store.sealedExtras(without: prefix, after: after, limit: limit, in: $0)
                }
                guard case .extras(let last)? = values.last?.place else { break }
                lastNumber = last
                resealed += try await reseal(values, known: &known)
            }
            remaining = try await count()
            logger.debug(
                "Secrets were sealed with the first key",
                metadata: ["resealed": "\(resealed)", "remaining": "\(remaining)"]
            )
        }
        Gauge(label: Self.remainingMetric).record(remaining)
        return remaining
    }

    private func count() async throws -> Int {
        let (store, prefix) = (store, vault.sealingPrefix)
        return try await database.read { try store.countSealed(without: prefix, in: $0) }
    }

    /// - Returns: how many values were replaced.
    private func reseal(_ values: [SealedValue], known: inout Set<EncryptionError>) async throws -> Int {
        var replacements: [(SealedValue, [UInt8])] = []
        for value in values {
            do throws(EncryptionError) {
                replacements.append((value, try vault.reseal(value)))
            } catch {
                guard known.insert(error).inserted else { continue }
                logger.warning(
                    "A secret cannot be sealed with the first key",
                    metadata: ["subscription": "\(value.subscription)", "error": "\(error)"]
                )
            }
        }
        guard !replacements.isEmpty else { return 0 }
        let (store, changes) = (store, replacements)
        return try await database.write { transaction in
            var replaced = 0
            for (value, bytes) in changes where try store.replace(value, with: bytes, in: transaction) { replaced += 1 }
            return replaced
        }
    }
}
