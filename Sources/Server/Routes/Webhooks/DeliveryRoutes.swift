import HTTPTypes
import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// Deliveries, their attempts, and doing them again: one, or many of the past.
struct DeliveryRoutes {
    let webhooks: Webhooks

    func add(to routes: RouteList) {
        routes.scoped(.read)
            .get("/v1/webhooks/deliveries") { request, _ in try await list(request) }
            .get("/v1/webhooks/deliveries/{id}") { _, context in
                let id = try context.pathIdentifier("id")
                return Response(json: .object(DeliveryBody.json(try await webhooks.delivery(id))))
            }
            .get("/v1/webhooks/deliveries/{id}/attempts") { request, context in
                let page = try QueryParameters(of: request, known: QueryParameters.page).page()
                let attempts = try await webhooks.attempts(of: try context.pathIdentifier("id"), page)
                return Response.page(attempts) { .object(DeliveryBody.json($0)) }
            }
            .get("/v1/webhooks/replays") { request, _ in try await listReplays(request) }
            .get("/v1/webhooks/replays/{id}") { _, context in
                let id = try context.pathIdentifier("id")
                return Response(json: .object(ReplayBody.json(try await webhooks.replay(id))))
            }
        routes.scoped(.write)
            .post("/v1/webhooks/deliveries/{id}/resend") { _, context in
                let delivery = try await webhooks.resend(try context.pathIdentifier("id"))
                return Response(status: .accepted, json: .object(DeliveryBody.json(delivery)))
            }
            .post("/v1/webhooks/subscriptions/{id}/replay") { request, context in
                try await replay(request, try context.pathIdentifier("id"))
            }
            .post("/v1/webhooks/replays/{id}/cancel") { _, context in
                let id = try context.pathIdentifier("id")
                return Response(json: .object(ReplayBody.json(try await webhooks.cancelReplay(id))))
            }
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try QueryParameters(
            of: request,
            known: QueryParameters.page + ["subscription_id", "event_id", "status", "since"]
        )
        let search = DeliverySearch(
            subscription: try query.identifier("subscription_id"),
            event: try query.identifier("event_id"),
            status: try query.choice("status", of: DeliveryStatus.self),
            since: try query.timestamp("since")
        )
        let page = try await webhooks.deliveries(search, try query.page())
        return Response.page(page) { .object(DeliveryBody.json($0)) }
    }

    // MARK: Replays

    private func replay(_ request: Request, _ id: Identifier) async throws -> Response {
        let body = try ReplayBody(JSONField(await request.json()).object())
        let replay = try body.request(from: await body.start.resolved(by: webhooks))
        if body.isDryRun {
            return Response(json: ReplayBody.json(try await webhooks.previewReplay(replay, to: id)))
        }
        let begun = try await webhooks.replay(replay, to: id)
        return Response(
            status: .accepted,
            json: .object(ReplayBody.json(begun)),
            headers: [.location: "/v1/webhooks/replays/\(PercentEncoding.encode(segment: begun.id.text))"]
        )
    }

    private func listReplays(_ request: Request) async throws -> Response {
        let query = try QueryParameters(of: request, known: QueryParameters.page + ["subscription_id"])
        let page = try await webhooks.replays(try query.page(), of: try query.identifier("subscription_id"))
        return Response.page(page) { .object(ReplayBody.json($0)) }
    }
}
