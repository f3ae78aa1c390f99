import HooklinePrimitives
import HooklineWebhooks

/// A replay, in and out.
struct ReplayBody {
    let start: StartBody
    let isDryRun: Bool
    private let body: JSONFields

    static let fields = StartBody.fields + ["until", "types", "scope", "rate_per_second", "dry_run"]

    init(_ body: JSONFields) throws {
        try body.allowOnly(oneOf: Self.fields)
        self.body = body
        start = try StartBody(body)
        isDryRun = try body.optional("dry_run")?.bool() ?? false
    }

    func request(from start: ReplayRequest.Start) throws(FieldError) -> ReplayRequest {
        var request = ReplayRequest(start: start)
        request.until = try body.optional("until").map { (field) throws(FieldError) in try field.timestamp() }
        if let types = try body.optional("types")?.elements(maximumCount: EventTypeSelection.maximumPatterns) {
            for type in types { request.types.append(try EventTypeName.read(type)) }
        }
        request.scope = try body.optional("scope")?.choice() ?? .undelivered
        request.ratePerSecond =
            try body.optional("rate_per_second")?.double(in: ReplayRequest.acceptedRates)
            ?? ReplayRequest.defaultRatePerSecond
        return request
    }

    // MARK: Out

    static func json(_ replay: Replay) -> JSONObject {
        let (position, since): (Int64?, Timestamp?) =
            switch replay.request.start {
            case .position(let position): (position, nil)
            case .since(let since): (nil, since)
            }
        return [
            "id": JSON(replay.id),
            "subscription_id": JSON(replay.subscriptionID),
            "state": .string(replay.state.rawValue),
            "position": JSON(position),
            "since": JSON(since),
            "until": JSON(replay.request.until),
            "types": .array(replay.request.types.map { JSON($0) }),
            "scope": .string(replay.request.scope.rawValue),
            "rate_per_second": .number(replay.request.ratePerSecond),
            "next_position": JSON(replay.nextPosition),
            "end_position": JSON(replay.endPosition),
            "scheduled": JSON(replay.scheduled),
            "created_at": JSON(replay.createdAt),
            "updated_at": JSON(replay.updatedAt),
        ]
    }

    static func json(_ preview: ReplayPreview) -> JSON {
        [
            "dry_run": true,
            "deliveries": JSON(preview.deliveries),
            "again": JSON(preview.again),
            "events": JSON(preview.events),
        ]
    }
}
