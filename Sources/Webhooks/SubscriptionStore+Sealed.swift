import HooklinePrimitives
import HooklineStorage

/// Sealed values by the key that has sealed them, which their first bytes name. What begins with other bytes than a
/// prefix is found by comparing bytes, which both databases do alike; nothing is indexed for it, so each look reads all.
extension SubscriptionStore {
    /// How many values do not begin with the prefix.
    func countSealed(without prefix: [UInt8], in transaction: any Transaction) throws -> Int {
        let end = Self.end(of: prefix)
        let row = try transaction.first(
            """
            SELECT (
                SELECT count(*) FROM hookline_webhook_secrets WHERE sealed < \(prefix) OR sealed >= \(end)
            ) + (
                SELECT count(*) FROM hookline_webhook_subscriptions WHERE sealed < \(prefix) OR sealed >= \(end)
            ) AS total
            """
        )
        return Int(try row?.integer("total") ?? 0)
    }

    /// Signing secrets that do not begin with the prefix, in the order of their ids.
    func sealedSecrets(
        without prefix: [UInt8],
        after id: String,
        limit: Int,
        in transaction: any Transaction
    ) throws -> [SealedValue] {
        try transaction.rows(
            """
            SELECT k.id AS id, s.id AS subscription, k.sealed AS sealed
            FROM hookline_webhook_secrets k JOIN hookline_webhook_subscriptions s ON s.number = k.subscription
            WHERE k.id > \(id) AND (k.sealed < \(prefix) OR k.sealed >= \(Self.end(of: prefix)))
            ORDER BY k.id LIMIT \(limit)
            """
        ).map { row in
            SealedValue(
                place: .secret(try row.text("id")),
                subscription: try row.identifier("subscription"),
                bytes: try row.blob("sealed")
            )
        }
    }

    /// Headers and certificates that do not begin with the prefix, in the order of the subscriptions' numbers.
    func sealedExtras(
        without prefix: [UInt8],
        after number: Int64,
        limit: Int,
        in transaction: any Transaction
    ) throws -> [SealedValue] {
        try transaction.rows(
            """
            SELECT number, id, sealed FROM hookline_webhook_subscriptions
            WHERE number > \(number) AND (sealed < \(prefix) OR sealed >= \(Self.end(of: prefix)))
            ORDER BY number LIMIT \(limit)
            """
        ).map { row in
            SealedValue(
                place: .extras(try row.integer("number")),
                subscription: try row.identifier("id"),
                bytes: try row.blob("sealed")
            )
        }
    }

    /// Puts other bytes in the place of a value, unless somebody has changed or removed it.
    ///
    /// It means what it meant before, so no revision is counted: who has opened it need not look again.
    ///
    /// - Returns: whether the value was still there.
    func replace(_ value: SealedValue, with bytes: [UInt8], in transaction: any Transaction) throws -> Bool {
        switch value.place {
        case .secret(let id):
            try transaction.execute(
                """
                UPDATE hookline_webhook_secrets SET sealed = \(bytes) WHERE id = \(id) AND sealed = \(value.bytes)
                """
            ) == 1
        case .extras(let number):
            try transaction.execute(
                """
                UPDATE hookline_webhook_subscriptions SET sealed = \(bytes)
                WHERE number = \(number) AND sealed = \(value.bytes)
                """
            ) == 1
        }
    }

    /// The first bytes after all that begin with the prefix, whose last byte is a letter, a digit or a mark of ASCII.
    private static func end(of prefix: [UInt8]) -> [UInt8] { prefix.dropLast() + [prefix[prefix.count - 1] + 1] }
}
