import HTTPTypes
import HooklineEvents
import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// Domain events in, and what became of them.
struct WebhookEventRoutes {
    let webhooks: Webhooks
    let clock: WallClock

    func add(to routes: RouteList) {
        routes.scoped(.write)
            .post("/v1/webhooks/events") { request, _ in try await deliver(request) }
            .post("/v1/webhooks/events/{id}/send") { request, context in
                try await send(request, try context.pathIdentifier("id"))
            }
        routes.scoped(.read)
            .get("/v1/webhooks/events") { request, _ in try await list(request) }
            .get("/v1/webhooks/events/{id}") { _, context in
                let id = try context.pathIdentifier("id")
                let event = try await webhooks.event(id)
                return Response(json: .object(DomainEventBody.json(event)))
            }
            .get("/v1/webhooks/events/{id}/explain") { request, context in
                try await explain(request, try context.pathIdentifier("id"))
            }
    }

    // MARK: In

    private func deliver(_ request: Request) async throws -> Response {
        _ = try request.bodyKind()
        let bytes = try await request.collectedBody()
        guard bytes.readableBytes > 0 else { throw BodyError.missing }
        let key = request.headers[.idempotencyKey]
        let now = clock.now()
        let body = try bytes.withUnsafeReadableBytes { bytes in
            try DomainEventsBody(bytes, key: key, receivedAt: now)
        }
        guard body.isArray else {
            return Response(
                status: .accepted,
                json: DomainEventBody.json(try await webhooks.deliver(body.events)[0])
            )
        }
        do {
            let accepted = try await webhooks.deliver(body.events)
            return Response(status: .accepted, json: ["events": .array(accepted.map(DomainEventBody.json))])
        } catch {
            throw try await located(error, in: body.events)
        }
    }

    /// The error of one event of several, with the place of that event.
    private func located(_ error: any Error, in events: [DomainEvent]) async throws -> any Error {
        var index: Int?
        switch error {
        case WebhookError.unknownEventType, WebhookError.payloadRefused:
            index = try await webhooks.firstRefused(of: events)
        case OutboxError.idReused(let id): index = events.lastIndex { $0.id == id }
        default: break
        }
        return index.map { MemberError(index: $0, error: error) } ?? error
    }

    private func send(_ request: Request, _ id: Identifier) async throws -> Response {
        let body = try JSONField(await request.json()).object()
        try body.allowOnly("subscription_id")
        let subscription = try body.required("subscription_id").identifier()
        let delivery = try await webhooks.send(id, to: subscription)
        return Response(status: .accepted, json: .object(DeliveryBody.json(delivery)))
    }

    // MARK: Out

    private enum Order: String, CaseIterable { case newest, oldest }

    private func list(_ request: Request) async throws -> Response {
        let query = try QueryParameters(
            of: request,
            known: QueryParameters.page + ["type", "tenant", "channel", "since", "until", "order"]
        )
        let search = EventSearch(
            types: try query.eventTypes("type"),
            tenant: try query.identifier("tenant"),
            channel: try query.identifier("channel"),
            since: try query.timestamp("since"),
            until: try query.timestamp("until"),
            isNewestFirst: try query.choice("order", of: Order.self) != .oldest
        )
        let page = try await webhooks.events(search, try query.smallPage())
        return Response.page(page) { .object(DomainEventBody.json($0)) }
    }

    private func explain(_ request: Request, _ id: Identifier) async throws -> Response {
        let query = try QueryParameters(of: request, known: ["subscription_id"])
        let subscription = try query.identifier("subscription_id")
        let explanation = try await webhooks.explain(id, subscription: subscription)
        return Response(json: DomainEventBody.json(explanation))
    }
}

extension HTTPField.Name {
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    static let lastEventID = HTTPField.Name("Last-Event-ID")!
}

/// What is wrong with one member of a body that is an array.
struct MemberError: Error {
    let index: Int
    let error: any Error
}
