public import HooklineStorage

/// The table of keys.
public enum KeyMigrations {
    public static let all: [Migration] = [
        Migration("keys-1") { _ in
            [
                """
                CREATE TABLE hookline_keys (
                    id TEXT \(.textCollation) PRIMARY KEY,
                    name TEXT \(.textCollation) NOT NULL,
                    scope TEXT \(.textCollation) NOT NULL,
                    secret_digest \(.blobType) NOT NULL,
                    created_at BIGINT NOT NULL,
                    last_used_at BIGINT
                )
                """
            ]
        }
    ]
}
