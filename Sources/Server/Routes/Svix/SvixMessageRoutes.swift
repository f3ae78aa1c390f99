import HTTPTypes
import HooklineEvents
import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// Messages: domain events of a tenant.
struct SvixMessageRoutes {
    let webhooks: Webhooks
    let clock: WallClock

    private static let path = "/api/v1/app/{app_id}/msg"

    func add(to routes: RouteList) {
        routes.scoped(.read)
            .get(Self.path) { request, context in try await list(request, context) }
            .get(Self.path + "/{msg_id}") { request, context in
                let query = try QueryParameters(of: request, known: ["with_content"])
                let message = try await names.message(context)
                let withContent = try query.flag("with_content") ?? true
                return Response(json: .object(SvixMessageBody.json(message, withContent: withContent)))
            }
        routes.scoped(.write)
            .post(Self.path) { request, context in try await create(request, context) }
    }

    private var names: SvixNames { SvixNames(webhooks: webhooks) }

    private func list(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let query = try QueryParameters(
            of: request,
            known: SvixPage.parameters + ["channel", "before", "after", "with_content", "tag", "event_types"]
        )
        try query.refuse("tag", because: "messages have no tags here")
        let search = EventSearch(
            types: try query.eventTypes("event_types"),
            tenant: try await names.application(context).id,
            channel: try query.identifier("channel"),
            since: try query.timestamp("after"),
            until: try query.timestamp("before")
        )
        let withContent = try query.flag("with_content") ?? true
        let page = try await webhooks.events(
            search,
            try SvixPage.request(query, order: .descending, isLarge: withContent)
        )
        // Nobody sent Hookline's own notices, so they are told only to who asks for them.
        let items = page.items.filter {
            search.types.contains($0.event.type) || !EventType.notices.contains($0.event.type)
        }
        return SvixPage.response(Page(items: items, next: page.next)) {
            .object(SvixMessageBody.json(AcceptedEvent($0), withContent: withContent))
        }
    }

    // MARK: Creating

    private func create(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let query = try QueryParameters(of: request, known: ["with_content"])
        let withContent = try query.flag("with_content") ?? true
        _ = try request.bodyKind()
        let bytes = try await request.collectedBody()
        guard bytes.readableBytes > 0 else { throw BodyError.missing }
        let body = try SvixMessageBody(bytes)
        let application = try await application(context, orNew: body)
        let now = clock.now()
        let event = DomainEvent(
            id: try id(of: body, request, application),
            type: body.eventType,
            payload: body.payload,
            tenant: application,
            channels: body.channels,
            occurredAt: now
        )
        let accepted = try await deliver(event)
        var message = AcceptedEvent(id: accepted.id, event: event, receivedAt: now)
        if accepted.isDuplicate {
            // A name may be used once, but a client whose connection broke cannot know that it was heard.
            guard body.eventID == nil || request.headers[.svixRetryCount] != nil else {
                throw SvixError.messageExists(accepted.id)
            }
            message = try await webhooks.acceptedEvent(accepted.id)
        }
        return Response(status: .accepted, json: .object(SvixMessageBody.json(message, withContent: withContent)))
    }

    /// The application of the path, which is added where the body describes it and there is none.
    private func application(_ context: HooklineRequestContext, orNew body: SvixMessageBody) async throws -> Identifier
    {
        do {
            return try await names.application(context).id
        } catch RequestError.notFound(let kind, let id) {
            guard var application = body.application,
                SvixUID.isValid(id, otherThan: SvixUID.applicationPrefix)
            else { throw RequestError.notFound(kind: kind, id: id) }
            guard application.uid == nil || application.uid == id else {
                throw FieldError(field: "application.uid", problem: "is not that of the path")
            }
            application.uid = id
            do {
                return try await SvixApplicationRoutes.add(application, to: webhooks, at: clock.now()).id
            } catch WebhookError.tenantExists(let id) {
                return id
            }
        }
    }

    private func id(
        of body: SvixMessageBody,
        _ request: Request,
        _ application: Identifier
    ) throws -> Identifier? {
        if let eventID = body.eventID { return SvixMessageID.derived(eventID: eventID, of: application) }
        return try request.headers[.svixIdempotencyKey].map { key in
            let accepted = 1...Identifier.maximumBytes
            guard accepted.contains(key.utf8.count) else {
                let problem = "has \(key.utf8.count) bytes; accepted are 1 to \(accepted.upperBound)"
                throw FieldError(field: "idempotency-key", problem: problem)
            }
            return SvixMessageID.derived(idempotencyKey: key, of: application)
        }
    }

    /// Accepts a message of any type: one that is new is added to the catalogue.
    private func deliver(_ event: DomainEvent) async throws -> EnqueuedEvent {
        do {
            do {
                return try await webhooks.deliver(event)
            } catch WebhookError.unknownEventType {
                try await addType(event.type)
                return try await webhooks.deliver(event)
            }
        } catch OutboxError.idReused(let id) {
            throw SvixError.messageExists(id)
        }
    }

    /// Adds a type; one that somebody else has added meanwhile keeps its description and schema.
    private func addType(_ name: Identifier) async throws {
        do {
            try await webhooks.addEventType(name)
        } catch WebhookError.eventTypeExists {}
    }
}

extension HTTPField.Name {
    fileprivate static let svixIdempotencyKey = HTTPField.Name("Idempotency-Key")!
    /// Sent with every repetition of a request by Svix's clients.
    fileprivate static let svixRetryCount = HTTPField.Name("Svix-Retry-Count")!
}
