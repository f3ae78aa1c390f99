import HooklineEvents
import HooklinePrimitives
import HooklineStorage

/// The SQL of replays.
struct ReplayStore: Sendable {
    let database: any Database
    private let deliveries: DeliveryStore
    private let outbox: OutboxStore
    private let subscriptions: SubscriptionStore

    /// The events that one step looks at.
    static let maximumEventsPerStep = 500

    init(_ database: any Database) {
        self.database = database
        deliveries = DeliveryStore(database)
        outbox = OutboxStore(database)
        subscriptions = SubscriptionStore(database)
    }

    func add(_ replay: Replay, subscription: Int64, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO hookline_webhook_replays (id, subscription, request, next_position, end_position, scheduled,
                rate_per_second, state, next_step_at, created_at, updated_at)
            VALUES (\(replay.id), \(subscription), \(Self.encode(replay.request)), \(replay.nextPosition),
                \(replay.endPosition), 0, \(replay.request.ratePerSecond), \(replay.state.rawValue), 0,
                \(replay.createdAt), \(replay.updatedAt))
            """
        )
    }

    func get(_ id: Identifier, in transaction: any Transaction) throws -> Replay {
        guard let row = try transaction.first("\(Self.selection) WHERE r.id = \(id)") else {
            throw WebhookError.unknownReplay(id)
        }
        return try Self.replay(row)
    }

    /// The newest first.
    func list(_ page: PageRequest, subscription: Int64?, in transaction: any Transaction) throws -> Page<Replay> {
        // Ids begin with their moment.
        var statement: Statement = "\(Self.selection) WHERE r.id < \(page.after ?? "s")"
        if let subscription { statement += " AND r.subscription = \(subscription)" }
        statement += " ORDER BY r.id DESC LIMIT \(page.limit + 1)"
        let found = try transaction.rows(statement).map(Self.replay)
        return Page(found, of: page) { $0.id.text }
    }

    func cancel(_ id: Identifier, at now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE hookline_webhook_replays SET state = 'cancelled', updated_at = \(now)
            WHERE id = \(id) AND state = 'running'
            """
        )
    }

    // MARK: Steps

    /// What a step did.
    struct Step: Sendable {
        let scheduled: Int
    }

    /// Takes the running replay that has waited longest and makes a part of its deliveries due.
    ///
    /// - Returns: nil where no replay has anything to do now.
    func step(_ directory: Directory, at now: Timestamp, in transaction: any Transaction) throws -> Step? {
        let claim = try transaction.first(
            """
            SELECT id, subscription, request, next_position, end_position, rate_per_second
            FROM hookline_webhook_replays WHERE state = 'running' AND next_step_at <= \(now)
            ORDER BY next_step_at LIMIT 1 \(.forUpdateSkipLocked)
            """
        )
        guard let claim else { return nil }
        let id = try claim.identifier("id")
        let number = try claim.integer("subscription")
        let request = try Self.decode(try claim.text("request"))
        let (from, end) = (try claim.integer("next_position"), try claim.integer("end_position"))
        let snapshot = try directory.snapshot(in: transaction)
        guard from < end, let receiver = snapshot.subscriptions[number] else {
            try finish(id, state: from < end ? .cancelled : .completed, at: now, in: transaction)
            return Step(scheduled: 0)
        }
        let limit = min(Self.maximumEventsPerStep, max(1, Int(request.ratePerSecond * Self.stepSeconds)))
        let until = min(end, from + Int64(limit))
        let plan = try plan(request, receiver, from..<until, in: transaction)
        let scheduled = try schedule(plan, receiver.subscription, at: now, in: transaction)
        // So many deliveries are allowed in so many seconds: the next step waits until then.
        let pause = Int64((Double(scheduled) / request.ratePerSecond * 1000).rounded(.up))
        try transaction.execute(
            """
            UPDATE hookline_webhook_replays
            SET next_position = \(until), scheduled = scheduled + \(Int64(scheduled)), updated_at = \(now),
                next_step_at = \(now.advanced(byMilliseconds: pause)),
                state = \(until >= end ? Replay.State.completed.rawValue : Replay.State.running.rawValue)
            WHERE id = \(id)
            """
        )
        return Step(scheduled: scheduled)
    }

    /// What a replay would make due among some positions.
    func plan(
        _ request: ReplayRequest,
        _ receiver: Receiver,
        _ positions: Range<Int64>,
        in transaction: any Transaction
    ) throws -> ReplayPlan {
        let search = DomainEventSearch(
            positions: positions,
            types: request.types,
            tenant: receiver.subscription.definition.tenant,
            until: request.until,
            limit: positions.count
        )
        let events = try outbox.events(search, in: transaction).filter { event in
            guard event.refusal == nil else { return false }
            let facts = DomainEventFacts(
                type: event.event.type,
                tenant: event.event.tenant,
                channels: event.event.channels
            )
            if case .matches = receiver.match(facts, payload: { try? JSON.parse(event.event.payload.bytes) }) {
                return true
            }
            return false
        }
        let number = receiver.subscription.number
        let existing = try deliveries.states(of: events.map(\.position), subscription: number, in: transaction)
        var plan = ReplayPlan()
        for event in events where request.scope.includes(existing[event.position]) {
            let key = DeliveryKey(position: event.position, subscription: number)
            if existing[event.position] == nil {
                plan.new.append((key, event.event.orderingKey))
            } else {
                plan.again.append(key)
            }
        }
        return plan
    }

    private func schedule(
        _ plan: ReplayPlan,
        _ subscription: Subscription,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Int {
        guard plan.count > 0 else { return 0 }
        let isOrdered = subscription.isOrdered
        let added = try deliveries.add(
            plan.new.map { key, orderingKey in
                NewDelivery(
                    key: key,
                    dueAt: now,
                    orderingKey: isOrdered ? orderingKey : nil,
                    isOrdered: isOrdered,
                    cause: .replay
                )
            },
            at: now,
            in: transaction
        )
        let restarted = try deliveries.restart(
            plan.again,
            cause: .replay,
            isOrdered: isOrdered,
            at: now,
            in: transaction
        )
        try subscriptions.touch(subscription.number, in: transaction)
        return added + restarted
    }

    private func finish(
        _ id: Identifier,
        state: Replay.State,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        try transaction.execute(
            "UPDATE hookline_webhook_replays SET state = \(state.rawValue), updated_at = \(now) WHERE id = \(id)"
        )
    }

    private static let stepSeconds = 0.5

    // MARK: Rows

    private static let selection: Statement = """
        SELECT r.id AS id, s.id AS subscription_id, r.request AS request, r.next_position AS next_position,
            r.end_position AS end_position, r.scheduled AS scheduled, r.state AS state, r.created_at AS created_at,
            r.updated_at AS updated_at
        FROM hookline_webhook_replays r JOIN hookline_webhook_subscriptions s ON s.number = r.subscription
        """

    private static func replay(_ row: Row) throws -> Replay {
        Replay(
            id: try row.identifier("id"),
            subscriptionID: try row.identifier("subscription_id"),
            request: try decode(try row.text("request")),
            nextPosition: try row.integer("next_position"),
            endPosition: try row.integer("end_position"),
            scheduled: Int(try row.integer("scheduled")),
            state: Replay.State(rawValue: try row.text("state")) ?? .cancelled,
            createdAt: try row.timestamp("created_at"),
            updatedAt: try row.timestamp("updated_at")
        )
    }

    private static func encode(_ request: ReplayRequest) -> String {
        var json: JSONObject = [
            "until": JSON(request.until?.milliseconds),
            "types": .array(request.types.map { .string($0.text) }),
            "scope": .string(request.scope.rawValue),
            "rate_per_second": .number(request.ratePerSecond),
        ]
        switch request.start {
        case .position(let position): json["position"] = .integer(position)
        case .since(let moment): json["since"] = .integer(moment.milliseconds)
        }
        return JSON.object(json).text
    }

    private static func decode(_ text: String) throws -> ReplayRequest {
        let json = try JSON.parse(Array(text.utf8))
        let start: ReplayRequest.Start =
            if let since = json["since"]?.integer { .since(Timestamp(milliseconds: since)) } else {
                .position(json["position"]?.integer ?? 1)
            }
        return ReplayRequest(
            start: start,
            until: json["until"]?.integer.map(Timestamp.init(milliseconds:)),
            types: (json["types"]?.array ?? []).compactMap { $0.string.map(Identifier.init(unchecked:)) },
            scope: json["scope"]?.string.flatMap(ReplayRequest.Scope.init(rawValue:)) ?? .undelivered,
            ratePerSecond: json["rate_per_second"]?.double ?? ReplayRequest.defaultRatePerSecond
        )
    }
}

/// What a part of a replay makes due.
struct ReplayPlan: Sendable {
    var new: [(key: DeliveryKey, orderingKey: Identifier?)] = []
    var again: [DeliveryKey] = []

    var count: Int { new.count + again.count }
}
