import HTTPTypes
import HooklineEvents
import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// Subscriptions: their life, their secrets, and how they do.
struct SubscriptionRoutes {
    let webhooks: Webhooks

    func add(to routes: RouteList) {
        routes.scoped(.read)
            .get("/v1/webhooks/subscriptions") { request, _ in try await list(request) }
            .get("/v1/webhooks/subscriptions/{id}") { _, context in
                try await answer(webhooks.subscription(try context.pathIdentifier("id")))
            }
            .get("/v1/webhooks/subscriptions/{id}/stats") { _, context in
                let id = try context.pathIdentifier("id")
                return Response(json: WebhookStatisticsBody.json(try await webhooks.statistics(of: id)))
            }
            .get("/v1/webhooks/subscriptions/{id}/undelivered") { _, context in
                let id = try context.pathIdentifier("id")
                return Response(json: WebhookStatisticsBody.json(try await webhooks.undelivered(of: id)))
            }
            .get("/v1/webhooks/stats") { _, _ in
                Response(json: WebhookStatisticsBody.json(try await webhooks.statistics()))
            }
        routes.scoped(.write)
            .post("/v1/webhooks/subscriptions") { request, _ in try await subscribe(request) }
            .patch("/v1/webhooks/subscriptions/{id}") { request, context in
                try await change(request, try context.pathIdentifier("id"))
            }
            .delete("/v1/webhooks/subscriptions/{id}") { _, context in
                try await webhooks.delete(try context.pathIdentifier("id"))
                return .noContent
            }
            .post("/v1/webhooks/subscriptions/{id}/enable") { _, context in
                try await answer(webhooks.enable(try context.pathIdentifier("id")))
            }
            .post("/v1/webhooks/subscriptions/{id}/disable") { _, context in
                try await answer(webhooks.disable(try context.pathIdentifier("id")))
            }
            .post("/v1/webhooks/subscriptions/{id}/verify") { _, context in
                try await answer(webhooks.verify(try context.pathIdentifier("id")))
            }
            .post("/v1/webhooks/subscriptions/{id}/rotate-secret") { request, context in
                try await rotateSecret(request, try context.pathIdentifier("id"))
            }
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try QueryParameters(of: request, known: QueryParameters.page + ["tenant"])
        let page = try await webhooks.subscriptions(try query.page(), tenant: try query.identifier("tenant"))
        return Response.page(page) { .object(SubscriptionBody.json($0)) }
    }

    private func answer(_ subscription: Subscription) async throws -> Response {
        var publicKey: String?
        if subscription.definition.signsAsymmetrically {
            publicKey = try await webhooks.signingSecrets(of: subscription.id).lazy.compactMap(\.secret.publicKeyText)
                .first
        }
        return Response(json: .object(SubscriptionBody.json(subscription, publicKey: publicKey)))
    }

    // MARK: Changes

    private func subscribe(_ request: Request) async throws -> Response {
        let body = try JSONField(await request.json()).object()
        var (definition, options) = try SubscriptionBody.new(body)
        options.start = try await StartBody.ofSubscription(body)?.resolved(by: webhooks)
        let subscribed: Subscribed
        do {
            subscribed = try await webhooks.subscribe(definition, options: options)
        } catch {
            throw Self.field(of: error)
        }
        let id = PercentEncoding.encode(segment: subscribed.subscription.id.text)
        // The secret is told this once.
        return Response(
            status: .created,
            json: .object(SubscriptionBody.json(subscribed)),
            headers: [.location: "/v1/webhooks/subscriptions/\(id)", .cacheControl: "no-store"]
        )
    }

    private func change(_ request: Request, _ id: Identifier) async throws -> Response {
        let body = try JSONField(await request.json()).object()
        try SubscriptionBody.checkChange(body)
        do {
            let subscription = try await webhooks.update(id) { definition, secrets in
                definition = try SubscriptionDefinition(body, changing: definition)
                try SubscriptionBody.change(&secrets, body)
            }
            return try await answer(subscription)
        } catch {
            throw Self.field(of: error)
        }
    }

    /// What does not exist is a field of the body here, not the path.
    private static func field(of error: any Error) -> any Error {
        switch error {
        case WebhookError.unknownTenant(let tenant):
            return FieldError(
                field: "tenant",
                problem: "is '\(ErrorResponse.echoed(tenant.text))', which does not exist"
            )
        case WebhookError.unknownEventType(let type, let accepted):
            let names = accepted.prefix(maximumListedTypes).map(\.text).joined(separator: ", ")
            let more = accepted.count > maximumListedTypes ? ", ..." : ""
            return FieldError(
                field: "events",
                problem: "has the type '\(ErrorResponse.echoed(type.text))', which does not exist;"
                    + " accepted are \(names)\(more) and patterns such as video.* and *"
            )
        default: return error
        }
    }

    private static let maximumListedTypes = 20

    private func rotateSecret(_ request: Request, _ id: Identifier) async throws -> Response {
        let body = try JSONField(await request.optionalJSON() ?? .object([:])).object()
        try body.allowOnly("secret", "grace_seconds", "kind")
        let secret = try body.optional("secret").map(SubscriptionBody.secret)
        let kind: SigningSecret.Kind = try body.optional("kind")?.choice() ?? secret?.kind ?? .hmac
        let grace = try body.optional("grace_seconds")?.integer(in: Webhooks.acceptedGraceSeconds)
        if let secret, secret.kind != kind {
            throw FieldError(
                field: "kind",
                problem: "is \(kind.rawValue); the secret is of the kind \(secret.kind.rawValue)"
            )
        }
        let rotated = try await webhooks.rotateSecret(
            of: id,
            to: secret,
            kind: kind,
            graceSeconds: grace ?? Webhooks.defaultGraceSeconds
        )
        // What verifies is told; the secret half of a key pair is nobody else's.
        let json: JSON =
            rotated.publicKeyText.map { ["public_key": .string($0)] } ?? ["secret": .string(rotated.text)]
        return Response(json: json, headers: [.cacheControl: "no-store"])
    }
}

extension StartBody {
    /// The start, once the event that is named is found.
    func resolved(by webhooks: Webhooks) async throws -> ReplayRequest.Start {
        switch self {
        case .at(let start): start
        case .event(let id): .position(try await webhooks.event(id).position)
        }
    }
}
