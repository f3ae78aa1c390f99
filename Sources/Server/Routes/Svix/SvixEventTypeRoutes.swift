import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// The catalogue of event types.
struct SvixEventTypeRoutes {
    let webhooks: Webhooks

    private static let path = "/api/v1/event-type/{event_type_name}"

    func add(to routes: RouteList) {
        routes.scoped(.read)
            .get("/api/v1/event-type") { request, _ in try await list(request) }
            .get(Self.path) { _, context in Response(json: SvixEventTypeBody.json(try await type(context))) }
        routes.scoped(.write)
            .post("/api/v1/event-type") { request, _ in try await create(request) }
            .put(Self.path) { request, context in try await put(request, context) }
            .patch(Self.path) { request, context in
                let type = try await type(context)
                let body = try await body(request, named: type.name)
                return Response(json: SvixEventTypeBody.json(try await save(type.name, body, changing: type).type))
            }
            .delete(Self.path) { request, context in try await delete(request, context) }
    }

    private func type(_ context: HooklineRequestContext) async throws -> EventType {
        let name = try context.pathIdentifier("event_type_name")
        do {
            return try await webhooks.eventType(name)
        } catch WebhookError.unknownEventType {
            throw RequestError.notFound(kind: "event_type", id: name.text)
        }
    }

    private func body(_ request: Request, named name: Identifier) async throws -> SvixEventTypeBody {
        let body = try SvixEventTypeBody(JSONField(try await request.json()).object())
        guard body.name == nil || body.name == name else {
            throw FieldError(field: "name", problem: "is not that of the path; a name cannot be changed")
        }
        return body
    }

    /// - Parameters:
    ///   - name: the type's.
    ///   - body: what is said of it.
    ///   - old: what stays where the body says nothing; nil takes the rest back to its default.
    private func save(
        _ name: Identifier,
        _ body: SvixEventTypeBody,
        changing old: EventType?
    ) async throws -> (type: EventType, isNew: Bool) {
        try await Self.naming {
            try await webhooks.saveEventType(
                name,
                description: body.description ?? old?.description ?? "",
                schema: body.schema(changing: old?.schema),
                isArchived: body.isArchived ?? old?.isArchived ?? false
            )
        }
    }

    /// Runs `change`, and calls the schema what Svix does.
    private static func naming<Result>(_ change: () async throws -> Result) async throws -> Result {
        do {
            return try await change()
        } catch WebhookError.invalid(field: "schema", let problem) {
            throw FieldError(field: "schemas", problem: problem)
        }
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try QueryParameters(
            of: request,
            known: SvixPage.parameters + ["include_archived", "with_content"]
        )
        let withArchived = try query.flag("include_archived") ?? false
        let withContent = try query.flag("with_content") ?? false
        let page = try await webhooks.eventTypes(try SvixPage.request(query, order: .ascending))
        let items = page.items.filter { withArchived || !$0.isArchived }
        return SvixPage.response(Page(items: items, next: page.next)) {
            SvixEventTypeBody.json($0, withContent: withContent)
        }
    }

    /// Adds a type, or takes an archived one up again.
    private func create(_ request: Request) async throws -> Response {
        let body = try SvixEventTypeBody(JSONField(try await request.json()).object())
        guard let name = body.name else { throw FieldError(field: "name", problem: "is missing") }
        let type = try await Self.naming {
            try await webhooks.addEventType(
                name,
                description: body.description ?? "",
                schema: body.schema(changing: nil),
                isArchived: body.isArchived ?? false,
                replacesArchived: true
            )
        }
        return Response(status: .created, json: SvixEventTypeBody.json(type))
    }

    private func put(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let name = try context.pathIdentifier("event_type_name")
        let (type, isNew) = try await save(name, try await body(request, named: name), changing: nil)
        return Response(status: isNew ? .created : .ok, json: SvixEventTypeBody.json(type))
    }

    /// Archives a type, or removes it for good with `expunge=true`.
    private func delete(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let query = try QueryParameters(of: request, known: ["expunge"])
        let type = try await type(context)
        if try query.flag("expunge") == true {
            try await webhooks.deleteEventType(type.name)
        } else {
            try await webhooks.saveEventType(
                type.name,
                description: type.description,
                schema: type.schema,
                isArchived: true
            )
        }
        return .noContent
    }
}
