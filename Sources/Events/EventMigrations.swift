public import HooklineStorage

/// The tables of the engagement log and of the projections' positions.
public enum EventMigrations {
    public static let all: [Migration] = [
        Migration("events-1") { _ in
            [
                """
                CREATE TABLE hookline_events (
                    position \(.integerPrimaryKey),
                    id TEXT \(.textCollation) NOT NULL,
                    type TEXT \(.textCollation) NOT NULL,
                    user_id TEXT \(.textCollation),
                    content_id TEXT \(.textCollation),
                    occurred_at BIGINT NOT NULL,
                    received_at BIGINT NOT NULL,
                    properties TEXT
                )
                """,
                // Not unique: an id is free again after the deduplication window.
                "CREATE INDEX hookline_events_by_id ON hookline_events (id)",
                """
                CREATE INDEX hookline_events_by_user ON hookline_events (user_id, type, occurred_at)
                WHERE user_id IS NOT NULL
                """,
                """
                CREATE INDEX hookline_events_by_content ON hookline_events (content_id, type, occurred_at)
                WHERE content_id IS NOT NULL
                """,
                """
                CREATE TABLE hookline_projections (
                    name TEXT \(.textCollation) PRIMARY KEY,
                    position BIGINT NOT NULL
                )
                """,
            ]
        }
    ]
}
