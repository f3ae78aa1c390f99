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
        },
        // Older binaries take the last event that is there for the head, and would draw the positions of removed ones again.
        Migration("events-2", oldestAllowedVersion: 11) { _ in
            [
                // What is known of events that are gone, in one row: a position that the log has come to; up to where the
                // retention may have removed everything; and the moment after which nothing of that has happened or was
                // received.
                """
                CREATE TABLE hookline_event_log (
                    id \(.integerPrimaryKey),
                    kept_head BIGINT NOT NULL,
                    removed_through BIGINT NOT NULL,
                    removed_latest BIGINT NOT NULL
                )
                """,
                // Events may be gone already. What was folded of them tells how far the log had come.
                """
                INSERT INTO hookline_event_log (id, kept_head, removed_through, removed_latest)
                SELECT 1, coalesce(max(position), 0), 0, 0 FROM hookline_projections
                """,
            ]
        },
    ]
}
