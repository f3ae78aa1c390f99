import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// Applications: tenants.
struct SvixApplicationRoutes {
    let webhooks: Webhooks
    let clock: WallClock

    private static let path = "/api/v1/app/{app_id}"

    func add(to routes: RouteList) {
        routes.scoped(.read)
            .get("/api/v1/app") { request, _ in try await list(request) }
            .get(Self.path) { _, context in
                Response(json: SvixApplicationBody.json(try await names.application(context)))
            }
        routes.scoped(.write)
            .post("/api/v1/app") { request, _ in try await create(request) }
            .put(Self.path) { request, context in try await put(request, context) }
            .patch(Self.path) { request, context in try await patch(request, context) }
            .delete(Self.path) { _, context in
                try await webhooks.deleteTenant(try await names.application(context).id)
                return .noContent
            }
    }

    private var names: SvixNames { SvixNames(webhooks: webhooks) }

    private func list(_ request: Request) async throws -> Response {
        let filters = [
            "exclude_apps_with_no_endpoints", "exclude_apps_with_disabled_endpoints",
            "exclude_apps_with_svix_play_endpoints",
        ]
        let query = try QueryParameters(of: request, known: SvixPage.parameters + filters)
        for filter in filters {
            try query.refuse(filter, because: "all applications are listed", unless: "false")
        }
        let page = try await webhooks.tenants(try SvixPage.request(query, order: .ascending))
        return SvixPage.response(page, SvixApplicationBody.json)
    }

    private func create(_ request: Request) async throws -> Response {
        let query = try QueryParameters(of: request, known: ["get_if_exists"])
        let body = try SvixApplicationBody(JSONField(try await request.json()).object())
        do {
            let tenant = try await Self.add(body, to: webhooks, at: clock.now())
            return Response(status: .created, json: SvixApplicationBody.json(tenant))
        } catch WebhookError.tenantExists(let id) {
            guard try query.flag("get_if_exists") == true else { throw WebhookError.tenantExists(id) }
            return Response(json: SvixApplicationBody.json(try await webhooks.tenant(id)))
        }
    }

    /// Adds an application under its uid, or under an id that is made for it.
    ///
    /// - Throws: `WebhookError.tenantExists`.
    static func add(_ body: SvixApplicationBody, to webhooks: Webhooks, at now: Timestamp) async throws -> Tenant {
        var generated = GeneratedNames(prefix: SvixUID.applicationPrefix, at: now)
        let id = body.uid.map(Identifier.init(unchecked:)) ?? generated.next()
        guard let name = body.name else { throw FieldError(field: "name", problem: "is missing") }
        return try await webhooks.addTenant(id, name: name, metadata: body.metadataJSON)
    }

    /// Changes an application, or adds it under the uid of the path.
    private func put(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let id = try context.pathIdentifier("app_id")
        var body = try SvixApplicationBody(JSONField(try await request.json()).object())
        try body.check(uidOf: id)
        guard let name = body.name else { throw FieldError(field: "name", problem: "is missing") }
        do {
            let tenant = try await webhooks.updateTenant(id, name: name, metadata: body.metadataJSON)
            return Response(json: SvixApplicationBody.json(tenant))
        } catch WebhookError.unknownTenant {
            guard SvixUID.isValid(id.text, otherThan: SvixUID.applicationPrefix) else {
                throw RequestError.notFound(kind: "application", id: id.text)
            }
            body.uid = id.text
            let tenant = try await Self.add(body, to: webhooks, at: clock.now())
            return Response(status: .created, json: SvixApplicationBody.json(tenant))
        }
    }

    private func patch(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let tenant = try await names.application(context)
        let body = try SvixApplicationBody(JSONField(try await request.json()).object())
        try body.check(uidOf: tenant.id)
        let changed = try await webhooks.updateTenant(
            tenant.id,
            name: body.name ?? tenant.name,
            metadata: body.metadata == nil ? tenant.metadata : body.metadataJSON
        )
        return Response(json: SvixApplicationBody.json(changed))
    }
}
