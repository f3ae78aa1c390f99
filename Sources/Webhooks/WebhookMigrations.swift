public import HooklineStorage

/// The tables of webhooks. Domain events have theirs in `OutboxMigrations`.
public enum WebhookMigrations {
    public static let all: [Migration] = [
        Migration("webhooks-1") { _ in administration + deliveries + work },
        Migration("webhooks-2") { _ in [subscriptionsByTenant] },
        Migration("webhooks-3") { _ in secrets },
    ]

    private static let administration: [Statement] = [
        // Counts every change of what follows, so that a node knows when to read it again.
        """
        CREATE TABLE hookline_webhook_revision (
            id BIGINT PRIMARY KEY,
            revision BIGINT NOT NULL
        )
        """,
        "INSERT INTO hookline_webhook_revision (id, revision) VALUES (1, 0)",
        """
        CREATE TABLE hookline_webhook_event_types (
            name TEXT \(.textCollation) PRIMARY KEY,
            description TEXT NOT NULL,
            schema TEXT,
            is_archived BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE hookline_webhook_tenants (
            id TEXT \(.textCollation) PRIMARY KEY,
            name TEXT NOT NULL,
            metadata TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL
        )
        """,
        // The number is what other tables keep; a deleted subscription stays until its deliveries are gone.
        """
        CREATE TABLE hookline_webhook_subscriptions (
            number \(.generatedPrimaryKey),
            id TEXT \(.textCollation) NOT NULL,
            tenant TEXT \(.textCollation),
            definition TEXT NOT NULL,
            sealed \(.blobType),
            state TEXT \(.textCollation) NOT NULL,
            disabled_reason TEXT,
            disabled_at BIGINT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            revision BIGINT NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX hookline_webhook_subscriptions_by_id ON hookline_webhook_subscriptions (id)",
        "CREATE INDEX hookline_webhook_subscriptions_by_revision ON hookline_webhook_subscriptions (revision)",
        """
        CREATE TABLE hookline_webhook_secrets (
            id TEXT \(.textCollation) PRIMARY KEY,
            subscription BIGINT NOT NULL,
            sealed \(.blobType) NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT
        )
        """,
        "CREATE INDEX hookline_webhook_secrets_by_subscription ON hookline_webhook_secrets (subscription)",
    ]

    /// For the list of a tenant's subscriptions, a page at a time in the order of ids, among those of all tenants.
    private static let subscriptionsByTenant: Statement = """
        CREATE INDEX hookline_webhook_subscriptions_by_tenant ON hookline_webhook_subscriptions (tenant, id)
        WHERE tenant IS NOT NULL AND state <> 'deleted'
        """

    private static let deliveries: [Statement] = [
        // state: 0 pending, 1 success, 2 failed. due_at orders the queue: 0 where order matters more than time.
        """
        CREATE TABLE hookline_webhook_deliveries (
            position BIGINT NOT NULL,
            subscription BIGINT NOT NULL,
            state BIGINT NOT NULL,
            attempts BIGINT NOT NULL,
            step BIGINT NOT NULL,
            due_at BIGINT NOT NULL,
            next_attempt_at BIGINT NOT NULL,
            ordering_key TEXT \(.textCollation),
            cause TEXT \(.textCollation) NOT NULL,
            reason TEXT \(.textCollation),
            status BIGINT,
            created_at BIGINT NOT NULL,
            completed_at BIGINT,
            PRIMARY KEY (position, subscription)
        ) \(.clusteredByPrimaryKey)
        """,
        """
        CREATE INDEX hookline_webhook_deliveries_pending
        ON hookline_webhook_deliveries (subscription, due_at, position) WHERE state = 0
        """,
        """
        CREATE INDEX hookline_webhook_deliveries_by_subscription
        ON hookline_webhook_deliveries (subscription, position)
        """,
        """
        CREATE INDEX hookline_webhook_deliveries_failed
        ON hookline_webhook_deliveries (subscription, position) WHERE state = 2
        """,
        """
        CREATE TABLE hookline_webhook_attempts (
            position BIGINT NOT NULL,
            subscription BIGINT NOT NULL,
            number BIGINT NOT NULL,
            started_at BIGINT NOT NULL,
            cause TEXT \(.textCollation) NOT NULL,
            outcome TEXT \(.textCollation) NOT NULL,
            status BIGINT,
            message TEXT,
            address TEXT,
            is_reused BIGINT NOT NULL,
            dns_us BIGINT,
            connect_us BIGINT,
            tls_us BIGINT,
            first_byte_us BIGINT,
            total_us BIGINT NOT NULL,
            response \(.blobType),
            is_truncated BIGINT NOT NULL,
            PRIMARY KEY (position, subscription, number)
        ) \(.clusteredByPrimaryKey)
        """,
        // What became of the deliveries that were completed, and since when a subscription fails.
        """
        CREATE TABLE hookline_webhook_tallies (
            subscription BIGINT PRIMARY KEY,
            succeeded BIGINT NOT NULL,
            failed BIGINT NOT NULL,
            attempts BIGINT NOT NULL,
            failing_since BIGINT
        )
        """,
    ]

    private static let secrets: [Statement] = [
        // The order in which the secrets of a subscription were added: the greatest is the newest.
        "ALTER TABLE hookline_webhook_secrets ADD COLUMN position BIGINT NOT NULL DEFAULT 0",
        // Whether a new url has to be verified.
        "ALTER TABLE hookline_webhook_subscriptions ADD COLUMN needs_verification BIGINT NOT NULL DEFAULT 0",
        """
        UPDATE hookline_webhook_subscriptions SET needs_verification = 1 WHERE disabled_reason = 'unverified'
        """,
        // What was sealed of deleted subscriptions is of no use.
        "UPDATE hookline_webhook_subscriptions SET sealed = NULL WHERE state = 'deleted'",
    ]

    private static let work: [Statement] = [
        // Who delivers for the subscriptions of a bucket (their number modulo the count), and until when nobody else may.
        """
        CREATE TABLE hookline_webhook_buckets (
            bucket BIGINT PRIMARY KEY,
            node TEXT \(.textCollation),
            lease_until BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE hookline_webhook_nodes (
            node TEXT \(.textCollation) PRIMARY KEY,
            lease_until BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE hookline_webhook_replays (
            id TEXT \(.textCollation) PRIMARY KEY,
            subscription BIGINT NOT NULL,
            request TEXT NOT NULL,
            next_position BIGINT NOT NULL,
            end_position BIGINT NOT NULL,
            scheduled BIGINT NOT NULL,
            rate_per_second \(.doubleType) NOT NULL,
            state TEXT \(.textCollation) NOT NULL,
            next_step_at BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL
        )
        """,
        """
        CREATE INDEX hookline_webhook_replays_running ON hookline_webhook_replays (next_step_at)
        WHERE state = 'running'
        """,
    ]
}
