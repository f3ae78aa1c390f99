public import HooklineStorage

/// The table of domain events, and the function by which other languages add to it.
public enum OutboxMigrations {
    public static let all: [Migration] = [
        Migration("outbox-1") { dialect in
            [
                // A row whose position is NULL waits for the dispatcher.
                """
                CREATE TABLE hookline_domain_events (
                    sequence \(.generatedPrimaryKey),
                    position BIGINT,
                    id TEXT \(.textCollation) NOT NULL,
                    type TEXT \(.textCollation) NOT NULL,
                    tenant TEXT \(.textCollation),
                    payload TEXT NOT NULL,
                    channels TEXT,
                    ordering_key TEXT \(.textCollation),
                    occurred_at BIGINT NOT NULL,
                    received_at BIGINT NOT NULL,
                    refusal TEXT
                )
                """,
                "CREATE UNIQUE INDEX hookline_domain_events_by_id ON hookline_domain_events (id)",
                """
                CREATE UNIQUE INDEX hookline_domain_events_by_position ON hookline_domain_events (position)
                WHERE position IS NOT NULL
                """,
                """
                CREATE INDEX hookline_domain_events_waiting ON hookline_domain_events (sequence)
                WHERE position IS NULL
                """,
                // The last position that was given out, which outlives the events.
                """
                CREATE TABLE hookline_outbox (
                    id BIGINT PRIMARY KEY,
                    position BIGINT NOT NULL
                )
                """,
                "INSERT INTO hookline_outbox (id, position) VALUES (1, 0)",
            ] + (dialect == .postgres ? [enqueueFunction] : [])
        }
    ]

    /// `SELECT hookline_enqueue('video.published', '{"video_id": "v1"}')`, in whatever transaction the caller has open.
    ///
    /// It notifies nobody: a NOTIFY inside a transaction would make all of the server's commits wait for each other. The
    /// dispatcher looks every second.
    private static let enqueueFunction: Statement = """
        CREATE FUNCTION hookline_enqueue(
            event_type TEXT,
            event_payload TEXT,
            event_id TEXT DEFAULT NULL,
            event_tenant TEXT DEFAULT NULL,
            event_channels TEXT[] DEFAULT NULL,
            event_ordering_key TEXT DEFAULT NULL
        ) RETURNS TEXT LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
        DECLARE
            moment BIGINT := floor(extract(epoch FROM clock_timestamp()) * 1000);
            new_id TEXT := coalesce(event_id, 'msg_' || lpad(to_hex(moment), 12, '0')
                || substr(replace(CAST(gen_random_uuid() AS TEXT), '-', ''), 13, 20));
            stored hookline_domain_events;
            channel_list TEXT := CASE WHEN coalesce(cardinality(event_channels), 0) > 0
                THEN CAST(array_to_json(event_channels) AS TEXT) END;
        BEGIN
            IF event_type IS NULL OR octet_length(event_type) > 128
                OR event_type !~ '^[a-zA-Z0-9_-]+([.][a-zA-Z0-9_-]+)*$' THEN
                RAISE EXCEPTION 'hookline_enqueue: the type % is not accepted; accepted are names such as video.published',
                    event_type USING ERRCODE = '22023';
            END IF;
            IF new_id !~ '^[^[:cntrl:]]+$' OR octet_length(new_id) > 256 THEN
                RAISE EXCEPTION 'hookline_enqueue: an id has 1 to 256 bytes and no control characters'
                    USING ERRCODE = '22023';
            END IF;
            IF event_payload IS NULL OR octet_length(event_payload) > 262144 THEN
                RAISE EXCEPTION 'hookline_enqueue: a payload is JSON of at most 262144 bytes' USING ERRCODE = '22023';
            END IF;
            PERFORM CAST(event_payload AS json);
            INSERT INTO hookline_domain_events
                (id, type, tenant, payload, channels, ordering_key, occurred_at, received_at)
            VALUES (new_id, event_type, event_tenant, event_payload, channel_list, event_ordering_key, moment, moment)
            ON CONFLICT (id) DO NOTHING;
            IF NOT FOUND THEN
                SELECT * INTO stored FROM hookline_domain_events WHERE id = new_id;
                IF (stored.type, stored.payload, stored.tenant, stored.channels, stored.ordering_key) IS DISTINCT FROM
                    (event_type, event_payload, event_tenant, channel_list, event_ordering_key) THEN
                    RAISE EXCEPTION 'hookline_enqueue: another event has the id %', new_id USING ERRCODE = '23505';
                END IF;
            END IF;
            RETURN new_id;
        END
        $body$
        """
}
