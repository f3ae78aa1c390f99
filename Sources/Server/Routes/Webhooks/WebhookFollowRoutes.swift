import HTTPTypes
import HooklinePrimitives
import HooklineStorage
import HooklineWebhooks
import Hummingbird

/// Following domain events in the order of their positions: by asking again and again, or by a stream.
struct WebhookFollowRoutes {
    let webhooks: Webhooks
    let database: any Database
    private let gauge = FollowerGauge()

    init(webhooks: Webhooks, database: any Database) {
        self.webhooks = webhooks
        self.database = database
    }

    func add(to routes: RouteList) {
        routes.scoped(.read)
            .get("/v1/webhooks/events/poll") { request, _ in try await poll(request) }
            .get("/v1/webhooks/events/stream") { request, _ in try await stream(request) }
    }

    private func poll(_ request: Request) async throws -> Response {
        let query = try QueryParameters(of: request, known: ["after", "types", "limit", "wait_seconds"])
        let after = try query.integer("after", in: 0...Int.max)
        let seconds = try query.integer("wait_seconds", in: 0...Self.maximumWaitSeconds) ?? 0
        let limit = try query.integer("limit", in: 1...QueryParameters.maximumLargeItems)
        let follower = EventFollower(
            webhooks: webhooks,
            database: database,
            types: try query.eventTypes("types"),
            limit: limit ?? PageRequest.defaultLimit
        )
        let place = try seconds == 0 ? nil : gauge.enter()
        defer { withExtendedLifetime(place) {} }
        let start = if let after { Int64(after) } else { try await webhooks.head() }
        let found = try await follower.next(after: start, atMost: .seconds(seconds))
        let head = try await webhooks.head()
        return Response(
            json: [
                "items": .array(found.events.map { .object(DomainEventBody.json($0)) }),
                "next": JSON(found.next),
                "head": JSON(head),
            ],
            headers: [.cacheControl: "no-store"]
        )
    }

    private func stream(_ request: Request) async throws -> Response {
        let query = try QueryParameters(of: request, known: ["after", "types"])
        var after = try query.integer("after", in: 0...Int.max).map { Int64($0) }
        if let text = request.headers[.lastEventID], !text.isEmpty {
            // What a client saw last is newer than what its address says.
            guard let position = Int64(text), position >= 0 else {
                throw FieldError(
                    field: "Last-Event-ID",
                    problem: "is not accepted; accepted is the id of an event of the stream"
                )
            }
            after = position
        }
        let follower = EventFollower(
            webhooks: webhooks,
            database: database,
            types: try query.eventTypes("types"),
            limit: EventStream.maximumEventsPerPart
        )
        let place = try gauge.enter()
        let start = if let after { after } else { try await webhooks.head() }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody(asyncSequence: EventStream(follower, after: start, place: place))
        )
    }

    private static let maximumWaitSeconds = 30
}
