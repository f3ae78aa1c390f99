import HooklineEvents
import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// Attempts and deliveries.
struct SvixAttemptRoutes {
    let webhooks: Webhooks

    private static let application = "/api/v1/app/{app_id}"
    private static let message = application + "/msg/{msg_id}"

    func add(to routes: RouteList) {
        routes.scoped(.read)
            .get(Self.application + "/attempt/endpoint/{endpoint_id}") { request, context in
                let endpoint = try await names.endpoint(context)
                return try await list(request, context, DeliverySearch(subscription: endpoint.id))
            }
            .get(Self.application + "/attempt/msg/{msg_id}") { request, context in
                let message = try await names.message(context)
                return try await list(request, context, DeliverySearch(event: message.id))
            }
            .get(Self.message + "/attempt/{attempt_id}") { request, context in try await get(request, context) }
            .get(SvixEndpointRoutes.path + "/msg") { request, context in try await messages(request, context) }
            .get(Self.message + "/endpoint") { request, context in try await endpoints(request, context) }
        routes.scoped(.write)
            .post(Self.message + "/endpoint/{endpoint_id}/resend") { _, context in
                let message = try await names.message(context)
                _ = try await webhooks.send(message.id, to: try await names.endpoint(context).id)
                return Response(status: .accepted, json: [:])
            }
    }

    private var names: SvixNames { SvixNames(webhooks: webhooks) }

    // MARK: Attempts

    private func list(
        _ request: Request,
        _ context: HooklineRequestContext,
        _ search: DeliverySearch
    ) async throws -> Response {
        let byMessage = search.event != nil
        let query = try QueryParameters(
            of: request,
            known: SvixPage.parameters + SvixAttemptFilter.parameters
                + (byMessage ? ["endpoint_id"] : ["with_msg"]) + ["with_content"]
        )
        var search = search
        if let endpoint = try query.identifier("endpoint_id"), byMessage {
            search.subscription = try await names.endpoint(endpoint, of: names.application(context).id).id
        }
        let (withContent, withMessage) = (try query.flag("with_content"), try query.flag("with_msg"))
        let page = try await SvixAttempts(webhooks: webhooks, search: search, filter: SvixAttemptFilter(query))
            .page(SvixPage.request(query, order: .descending))
        let endpoints = try await names.subscriptions(page.items.map(\.delivery.subscriptionID))
        var bodies: [SvixAttemptBody] = []
        for item in page.items {
            bodies.append(
                SvixAttemptBody(
                    attempt: item.attempt,
                    delivery: item.delivery,
                    url: endpoints[item.delivery.subscriptionID]?.definition.url.text,
                    message: withMessage == true ? try await webhooks.acceptedEvent(item.delivery.eventID) : nil
                )
            )
        }
        return SvixPage.response(Page(items: bodies, next: page.next)) { $0.json(withContent: withContent ?? true) }
    }

    private func get(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        _ = try QueryParameters(of: request, known: ["expanded_statuses"])
        let message = try await names.message(context)
        let id = try context.pathText("attempt_id")
        guard case .attempt(let key, let number)? = SvixAttemptCursor(id),
            let page = try? await webhooks.attempts(
                of: key.deliveryID,
                PageRequest(after: String(number + 1), limit: 1)
            ),
            let attempt = page.items.first, attempt.number == number,
            let delivery = try? await webhooks.delivery(key.deliveryID), delivery.eventID == message.id
        else { throw RequestError.notFound(kind: "attempt", id: id) }
        let url = try await names.subscriptions([delivery.subscriptionID])[delivery.subscriptionID]?.definition.url.text
        let body = SvixAttemptBody(attempt: attempt, delivery: delivery, url: url, message: nil)
        return Response(json: body.json(withContent: true))
    }

    // MARK: Deliveries

    /// The messages that an endpoint was sent, or is.
    private func messages(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let query = try QueryParameters(
            of: request,
            known: SvixPage.parameters + SvixAttemptFilter.parameters + ["with_content"]
        )
        try query.refuse("status_code_class", because: "it is of attempts")
        let endpoint = try await names.endpoint(context)
        let filter = try SvixAttemptFilter(query)
        let withContent = try query.flag("with_content") ?? true
        let request = try SvixPage.request(query, order: .descending, isLarge: withContent)
        guard filter.status?.isDelivered != false else {
            return SvixPage.response(Page<JSON>(items: [], next: nil)) { $0 }
        }
        let search = DeliverySearch(
            subscription: endpoint.id,
            status: filter.status?.deliveryStatus,
            since: filter.after
        )
        let page = try await webhooks.deliveries(search, try SvixAttemptCursor.deliveries(request))
        var items: [JSON] = []
        for delivery in page.items {
            let message = try await webhooks.acceptedEvent(delivery.eventID)
            guard filter.accepts(message), filter.status == nil || filter.status == SvixStatus(delivery.status)
            else { continue }
            var object = SvixMessageBody.json(message, withContent: withContent)
            SvixStatus(delivery.status).write(to: &object)
            object["nextAttempt"] = JSON(delivery.nextAttemptAt)
            items.append(.object(object))
        }
        return SvixPage.response(Page(items: items, next: page.next)) { $0 }
    }

    /// The endpoints that a message was sent to, or is.
    private func endpoints(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let query = try QueryParameters(of: request, known: SvixPage.parameters)
        let message = try await names.message(context)
        let request = try SvixPage.request(query, order: .descending)
        let page: Page<Delivery>
        do {
            page = try await webhooks.deliveries(
                DeliverySearch(event: message.id),
                try SvixAttemptCursor.deliveries(request)
            )
        } catch WebhookError.unknownEvent {
            // It waits for the dispatcher, and has no deliveries yet.
            page = Page(items: [], next: nil)
        }
        let endpoints = try await names.subscriptions(page.items.map(\.subscriptionID))
        let items = page.items.compactMap { delivery -> JSON? in
            guard let endpoint = endpoints[delivery.subscriptionID], endpoint.definition.tenant == message.event.tenant
            else { return nil }
            var object = SvixEndpointBody.json(endpoint)
            SvixStatus(delivery.status).write(to: &object)
            object["nextAttempt"] = JSON(delivery.nextAttemptAt)
            return .object(object)
        }
        return SvixPage.response(Page(items: items, next: page.next)) { $0 }
    }
}
