import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// The types of events, and the tenants.
struct CatalogueRoutes {
    let webhooks: Webhooks

    func add(to routes: RouteList) {
        routes.scoped(.read)
            .get("/v1/webhooks/event-types") { request, _ in
                let page = try QueryParameters(of: request, known: QueryParameters.page).page()
                return Response.page(try await webhooks.eventTypes(page), EventTypeBody.json)
            }
            .get("/v1/webhooks/event-types/{name}") { _, context in
                let name = try context.pathIdentifier("name")
                return Response(json: EventTypeBody.json(try await webhooks.eventType(name)))
            }
            .get("/v1/webhooks/tenants") { request, _ in
                let page = try QueryParameters(of: request, known: QueryParameters.page).page()
                return Response.page(try await webhooks.tenants(page), TenantBody.json)
            }
            .get("/v1/webhooks/tenants/{id}") { _, context in
                let id = try context.pathIdentifier("id")
                return Response(json: TenantBody.json(try await webhooks.tenant(id)))
            }
        routes.scoped(.write)
            .post("/v1/webhooks/event-types") { request, _ in try await addType(request) }
            .put("/v1/webhooks/event-types/{name}") { request, context in
                try await putType(request, try context.pathIdentifier("name"))
            }
            .delete("/v1/webhooks/event-types/{name}") { _, context in
                // Here a type that is unknown is a path that is, not a field.
                let name = try await webhooks.eventType(try context.pathIdentifier("name")).name
                try await webhooks.deleteEventType(name)
                return .noContent
            }
            .post("/v1/webhooks/tenants") { request, _ in try await addTenant(request) }
            .put("/v1/webhooks/tenants/{id}") { request, context in
                try await putTenant(request, try context.pathIdentifier("id"))
            }
            .delete("/v1/webhooks/tenants/{id}") { _, context in
                try await webhooks.deleteTenant(try context.pathIdentifier("id"))
                return .noContent
            }
    }

    // MARK: Event types

    private func addType(_ request: Request) async throws -> Response {
        let body = try EventTypeBody(await DocumentBody(request), isNamed: true)
        guard let name = body.name else { throw FieldError(field: "name", problem: "is missing") }
        let type = try await webhooks.addEventType(
            name,
            description: body.description,
            schema: body.schema,
            isArchived: body.isArchived
        )
        return Self.created(type)
    }

    private func putType(_ request: Request, _ name: Identifier) async throws -> Response {
        let body = try EventTypeBody(await DocumentBody(request), isNamed: false)
        let saved = try await webhooks.saveEventType(
            name,
            description: body.description,
            schema: body.schema,
            isArchived: body.isArchived
        )
        return saved.isNew ? Self.created(saved.type) : Response(json: EventTypeBody.json(saved.type))
    }

    private static func created(_ type: EventType) -> Response {
        let location = "/v1/webhooks/event-types/\(PercentEncoding.encode(segment: type.name.text))"
        return .created(EventTypeBody.json(type), at: location)
    }

    // MARK: Tenants

    private func addTenant(_ request: Request) async throws -> Response {
        let body = try TenantBody(await DocumentBody(request), isNamed: true)
        guard let id = body.id else { throw FieldError(field: "id", problem: "is missing") }
        let tenant = try await webhooks.addTenant(
            id,
            name: body.name ?? "",
            metadata: body.metadata ?? TenantBody.noMetadata
        )
        let location = "/v1/webhooks/tenants/\(PercentEncoding.encode(segment: id.text))"
        return .created(TenantBody.json(tenant), at: location)
    }

    private func putTenant(_ request: Request, _ id: Identifier) async throws -> Response {
        let body = try TenantBody(await DocumentBody(request), isNamed: false)
        let tenant = try await webhooks.updateTenant(
            id,
            name: body.name ?? "",
            metadata: body.metadata ?? TenantBody.noMetadata
        )
        return Response(json: TenantBody.json(tenant))
    }
}
