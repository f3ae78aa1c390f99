import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// Endpoints: subscriptions of a tenant.
struct SvixEndpointRoutes {
    let webhooks: Webhooks
    let clock: WallClock

    static let path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}"
    private static let listPath = "/api/v1/app/{app_id}/endpoint"

    func add(to routes: RouteList) {
        routes.scoped(.read)
            .get(Self.listPath) { request, context in try await list(request, context) }
            .get(Self.path) { _, context in response(try await names.endpoint(context)) }
        routes.scoped(.write)
            .post(Self.listPath) { request, context in try await create(request, context) }
            .put(Self.path) { request, context in try await put(request, context) }
            .patch(Self.path) { request, context in
                let body = try SvixEndpointBody(
                    JSONField(try await request.json()).object(),
                    isPatch: true,
                    isNew: false
                )
                return response(try await change(try await names.endpoint(context), body))
            }
            .delete(Self.path) { _, context in
                try await webhooks.delete(try await names.endpoint(context).id)
                return .noContent
            }
    }

    private var names: SvixNames { SvixNames(webhooks: webhooks) }

    private func response(_ subscription: Subscription, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, json: .object(SvixEndpointBody.json(subscription)))
    }

    private func list(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let query = try QueryParameters(of: request, known: SvixPage.parameters)
        let application = try await names.application(context).id
        let page = try await webhooks.subscriptions(try SvixPage.request(query, order: .ascending), tenant: application)
        return SvixPage.response(page) { .object(SvixEndpointBody.json($0)) }
    }

    private func create(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let application = try await names.application(context).id
        let body = try SvixEndpointBody(JSONField(try await request.json()).object(), isPatch: false, isNew: true)
        return response(try await add(body, to: application), status: .created)
    }

    /// Changes an endpoint, or adds it under the uid of the path.
    private func put(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let fields = try JSONField(try await request.json()).object()
        let application = try await names.application(context).id
        let name = try context.pathIdentifier("endpoint_id")
        let body = try SvixEndpointBody(fields, isPatch: false, isNew: false)
        do {
            return response(try await change(try await names.endpoint(name, of: application), body))
        } catch RequestError.notFound(let kind, let id) {
            guard SvixUID.isValid(id, otherThan: SvixUID.endpointPrefix) else {
                throw RequestError.notFound(kind: kind, id: id)
            }
            guard body.uid == nil || body.uid == id else {
                throw FieldError(field: "uid", problem: "is not that of the path")
            }
            var object = fields.object
            object["uid"] = .string(id)
            let body = try SvixEndpointBody(JSONFields(object), isPatch: false, isNew: true)
            return response(try await add(body, to: application), status: .created)
        }
    }

    private func add(_ body: SvixEndpointBody, to application: Identifier) async throws -> Subscription {
        if let uid = body.uid, try await names.endpoint(uid: uid, of: application) != nil {
            throw SvixError.endpointExists(uid: uid)
        }
        var generated = GeneratedNames(prefix: SvixUID.endpointPrefix, at: clock.now())
        let options = SubscribeOptions(
            id: generated.next(),
            secret: body.secret,
            secrets: SubscriptionSecrets(headers: body.headers ?? .none),
            isEnabled: body.isDisabled != true
        )
        let definition = try body.definition(of: application)
        let added = try await renaming(body) { try await webhooks.subscribe(definition, options: options).subscription }
        // Of two that were added at the same time with one uid, the later gives way.
        if let uid = body.uid, let oldest = try await names.endpoint(uid: uid, of: application),
            oldest.number != added.number
        {
            try await webhooks.delete(added.id)
            throw SvixError.endpointExists(uid: uid)
        }
        return added
    }

    private func change(_ endpoint: Subscription, _ body: SvixEndpointBody) async throws -> Subscription {
        if let uid = body.uid, uid != SvixUID.of(endpoint), let application = endpoint.definition.tenant,
            try await names.endpoint(uid: uid, of: application) != nil
        {
            throw SvixError.endpointExists(uid: uid)
        }
        let changed = try await renaming(body) {
            try await webhooks.update(endpoint.id) { definition, _ in definition = try body.changing(definition) }
        }
        switch body.isDisabled {
        case true? where changed.isEnabled: return try await webhooks.disable(endpoint.id)
        case false? where !changed.isEnabled: return try await webhooks.enable(endpoint.id)
        default: return changed
        }
    }

    /// Names the fields in the domain's errors as the client does.
    private func renaming<Result>(
        _ body: SvixEndpointBody,
        _ action: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await action()
        } catch WebhookError.invalid(let field, let problem) {
            throw body.renamed(FieldError(field: field, problem: problem))
        } catch WebhookError.unknownEventType(let name, let accepted) {
            let known = accepted.prefix(20).map(\.text).joined(separator: ", ")
            let problem = "names '\(name)', which is no event type; accepted are \(known)"
            throw body.renamed(FieldError(field: "events", problem: problem))
        }
    }
}
