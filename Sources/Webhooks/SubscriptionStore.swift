import HooklinePrimitives
import HooklineStorage

/// The SQL of subscriptions and their secrets. What is secret is sealed before it gets here.
struct SubscriptionStore: Sendable {
    let database: any Database
    private let catalogue: CatalogueStore

    init(_ database: any Database) {
        self.database = database
        catalogue = CatalogueStore(database)
    }

    // MARK: Reading

    /// - Throws: `WebhookError.unknownSubscription`, for a deleted one too.
    func get(_ id: Identifier, in transaction: any Transaction) throws -> StoredSubscription {
        guard let row = try transaction.first("\(Self.selection) WHERE id = \(id) AND state <> 'deleted'") else {
            throw WebhookError.unknownSubscription(id)
        }
        return try Self.stored(row)
    }

    /// The same, and nobody else changes it until the transaction ends.
    func locked(_ id: Identifier, in transaction: any Transaction) throws -> StoredSubscription {
        guard
            let row = try transaction.first(
                "\(Self.selection) WHERE id = \(id) AND state <> 'deleted' \(.forUpdate)"
            )
        else { throw WebhookError.unknownSubscription(id) }
        return try Self.stored(row)
    }

    /// Those that changed after a revision, deleted ones included.
    func changed(after revision: Int64, in transaction: any Transaction) throws -> [StoredSubscription] {
        try transaction.rows("\(Self.selection) WHERE revision > \(revision) ORDER BY revision").map(Self.stored)
    }

    /// The ids behind numbers, deleted ones included.
    func ids(of numbers: some Collection<Int64>, in transaction: any Transaction) throws -> [Int64: Identifier] {
        var ids: [Int64: Identifier] = [:]
        let numbers = Array(Set(numbers))
        for start in stride(from: 0, to: numbers.count, by: 512) {
            let part = Array(numbers[start..<min(start + 512, numbers.count)])
            for row in try transaction.rows(
                "SELECT number, id FROM hookline_webhook_subscriptions WHERE number \(in: part)"
            ) {
                ids[try row.integer("number")] = try row.identifier("id")
            }
        }
        return ids
    }

    func list(
        _ page: PageRequest,
        tenant: Identifier?,
        in transaction: any Transaction
    ) throws -> Page<StoredSubscription> {
        let found = try transaction.rows(Self.listing(page, tenant: tenant)).map(Self.stored)
        return Page(found, of: page) { $0.id.text }
    }

    static func listing(_ page: PageRequest, tenant: Identifier?) -> Statement {
        var statement: Statement = "\(selection) WHERE state <> 'deleted' AND id > \(page.after ?? "")"
        if let tenant { statement += " AND tenant = \(tenant)" }
        statement += " ORDER BY id LIMIT \(page.limit + 1)"
        return statement
    }

    func counts(in transaction: any Transaction) throws -> (total: Int, active: Int) {
        let row = try transaction.first(
            """
            SELECT count(*) AS total, count(CASE WHEN state = 'enabled' THEN 1 END) AS active
            FROM hookline_webhook_subscriptions WHERE state <> 'deleted'
            """
        )
        return (Int(try row?.integer("total") ?? 0), Int(try row?.integer("active") ?? 0))
    }

    func numbers(ofTenant tenant: Identifier, in transaction: any Transaction) throws -> [Int64] {
        try transaction.rows(Self.numbering(ofTenant: tenant)).map { try $0.integer("number") }
    }

    static func numbering(ofTenant tenant: Identifier) -> Statement {
        "SELECT number FROM hookline_webhook_subscriptions WHERE tenant = \(tenant) AND state <> 'deleted'"
    }

    /// The number of a deleted subscription of which deliveries are pending; nil where there is none.
    func deletedWithPending(in transaction: any Transaction) throws -> Int64? {
        try transaction.first(
            """
            SELECT s.number AS number FROM hookline_webhook_subscriptions s
            WHERE s.state = 'deleted' AND EXISTS (
                SELECT 1 FROM hookline_webhook_deliveries d WHERE d.subscription = s.number AND d.state = 0
            ) LIMIT 1
            """
        )?.integer("number")
    }

    // MARK: Writing

    /// Adds an enabled or disabled subscription, and answers its number.
    func add(_ subscription: NewSubscription, at now: Timestamp, in transaction: any Transaction) throws -> Int64 {
        let revision = try catalogue.nextRevision(in: transaction)
        let added = try transaction.execute(
            """
            INSERT INTO hookline_webhook_subscriptions
                (id, tenant, definition, sealed, state, disabled_reason, disabled_at, needs_verification, created_at,
                updated_at, revision)
            VALUES (\(subscription.id), \(subscription.definition.tenant), \(subscription.document), \(subscription.sealed),
                \(subscription.disabledReason == nil ? "enabled" : "disabled"),
                \(subscription.disabledReason?.rawValue), \(subscription.disabledReason == nil ? nil : now),
                \(subscription.needsVerification), \(now), \(now), \(revision))
            ON CONFLICT (id) DO NOTHING
            """
        )
        guard added == 1 else { throw WebhookError.subscriptionExists(subscription.id) }
        let number = try get(subscription.id, in: transaction).number
        try transaction.execute(
            """
            INSERT INTO hookline_webhook_tallies (subscription, succeeded, failed, attempts)
            VALUES (\(number), 0, 0, 0)
            """
        )
        return number
    }

    func update(
        _ number: Int64,
        definition: SubscriptionDefinition,
        document: String,
        sealed: [UInt8]?,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE hookline_webhook_subscriptions
            SET definition = \(document), tenant = \(definition.tenant), sealed = \(sealed), updated_at = \(now),
                revision = \(try catalogue.nextRevision(in: transaction))
            WHERE number = \(number)
            """
        )
    }

    func setState(
        _ state: SubscriptionState,
        reason: DisabledReason?,
        of number: Int64,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE hookline_webhook_subscriptions
            SET state = \(state.rawValue), disabled_reason = \(reason?.rawValue),
                disabled_at = \(state == .enabled ? nil : now), updated_at = \(now),
                revision = \(try catalogue.nextRevision(in: transaction))
            WHERE number = \(number)
            """
        )
    }

    /// Lets a subscription wait until its receiver has been verified, as one that is new. One that was disabled before
    /// stays so since then.
    func withdrawVerification(of number: Int64, at now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE hookline_webhook_subscriptions
            SET state = \(SubscriptionState.disabled.rawValue),
                disabled_reason = \(DisabledReason.unverified.rawValue), disabled_at = coalesce(disabled_at, \(now)),
                updated_at = \(now), revision = \(try catalogue.nextRevision(in: transaction))
            WHERE number = \(number)
            """
        )
    }

    /// Tells the nodes that a subscription has more to do than they may know of.
    func touch(_ number: Int64, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE hookline_webhook_subscriptions SET revision = \(try catalogue.nextRevision(in: transaction))
            WHERE number = \(number)
            """
        )
    }

    // MARK: Secrets

    /// Adds the newest secret of a subscription, which the transaction has locked or made.
    func addSecret(_ secret: StoredSecret, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO hookline_webhook_secrets (id, subscription, position, sealed, created_at, expires_at)
            VALUES (\(secret.id), \(secret.subscription), (
                SELECT coalesce(max(position), 0) + 1 FROM hookline_webhook_secrets
                WHERE subscription = \(secret.subscription)
            ), \(secret.sealed), \(secret.createdAt), \(secret.expiresAt))
            """
        )
    }

    /// The secrets of subscriptions, the newest first: in the order in which they were added, whatever the clock said.
    func secrets(of numbers: [Int64], in transaction: any Transaction) throws -> [Int64: [StoredSecret]] {
        var secrets: [Int64: [StoredSecret]] = [:]
        for start in stride(from: 0, to: numbers.count, by: 512) {
            let part = Array(numbers[start..<min(start + 512, numbers.count)])
            let rows = try transaction.rows(
                """
                SELECT id, subscription, sealed, created_at, expires_at FROM hookline_webhook_secrets
                WHERE subscription \(in: part) ORDER BY position DESC, created_at DESC, id DESC
                """
            )
            for row in rows {
                secrets[try row.integer("subscription"), default: []].append(
                    StoredSecret(
                        id: try row.text("id"),
                        subscription: try row.integer("subscription"),
                        sealed: try row.blob("sealed"),
                        createdAt: try row.timestamp("created_at"),
                        expiresAt: try row.optionalTimestamp("expires_at")
                    )
                )
            }
        }
        return secrets
    }

    /// Lets secrets end at a moment, unless they end sooner.
    func expireSecrets(_ ids: [String], at moment: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE hookline_webhook_secrets SET expires_at = \(moment)
            WHERE id \(in: ids) AND (expires_at IS NULL OR expires_at > \(moment))
            """
        )
    }

    func hasSecrets(in transaction: any Transaction) throws -> Bool {
        try transaction.first("SELECT 1 AS one FROM hookline_webhook_secrets LIMIT 1") != nil
    }

    /// Removes the secrets that ended before a moment.
    func deleteSecrets(expiredBefore moment: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM hookline_webhook_secrets WHERE expires_at < \(moment)")
    }

    func deleteSecrets(_ ids: [String], in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM hookline_webhook_secrets WHERE id \(in: ids)")
    }

    /// Removes all that is sealed of a subscription, for good.
    func deleteSealed(of number: Int64, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM hookline_webhook_secrets WHERE subscription = \(number)")
        try transaction.execute(
            "UPDATE hookline_webhook_subscriptions SET sealed = NULL WHERE number = \(number)"
        )
    }

    // MARK: Rows

    private static let selection: Statement = """
        SELECT number, id, definition, sealed, state, disabled_reason, disabled_at, needs_verification, created_at,
            updated_at, revision
        FROM hookline_webhook_subscriptions
        """

    private static func stored(_ row: Row) throws -> StoredSubscription {
        StoredSubscription(
            number: try row.integer("number"),
            id: try row.identifier("id"),
            document: try row.text("definition"),
            sealed: try row.optionalBlob("sealed"),
            state: SubscriptionState(rawValue: try row.text("state")) ?? .disabled,
            disabledReason: try row.optionalText("disabled_reason").flatMap(DisabledReason.init(rawValue:)),
            disabledAt: try row.optionalTimestamp("disabled_at"),
            needsVerification: try row.flag("needs_verification"),
            createdAt: try row.timestamp("created_at"),
            updatedAt: try row.timestamp("updated_at"),
            revision: try row.integer("revision")
        )
    }
}

/// A subscription as its row has it.
struct StoredSubscription: Sendable {
    let number: Int64
    let id: Identifier
    let document: String
    let sealed: [UInt8]?
    let state: SubscriptionState
    let disabledReason: DisabledReason?
    let disabledAt: Timestamp?
    let needsVerification: Bool
    let createdAt: Timestamp
    let updatedAt: Timestamp
    let revision: Int64
}

struct NewSubscription: Sendable {
    let id: Identifier
    let definition: SubscriptionDefinition
    let document: String
    let sealed: [UInt8]?
    let disabledReason: DisabledReason?
    let needsVerification: Bool
}

/// A signing secret, sealed.
struct StoredSecret: Sendable {
    /// `sec_...`
    let id: String
    let subscription: Int64
    let sealed: [UInt8]
    let createdAt: Timestamp
    /// When it signs no longer; nil while it is the current one.
    let expiresAt: Timestamp?
}
