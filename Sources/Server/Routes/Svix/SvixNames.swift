import HooklineEvents
import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// Finds what the paths of the facade name, by id or by uid.
struct SvixNames {
    let webhooks: Webhooks

    /// The application of the path.
    func application(_ context: HooklineRequestContext) async throws -> Tenant {
        let id = try context.pathIdentifier("app_id")
        do {
            return try await webhooks.tenant(id)
        } catch WebhookError.unknownTenant {
            throw RequestError.notFound(kind: "application", id: id.text)
        }
    }

    /// The endpoint of the path, which belongs to the application of the path.
    func endpoint(_ context: HooklineRequestContext) async throws -> Subscription {
        try await endpoint(context.pathIdentifier("endpoint_id"), of: application(context).id)
    }

    func endpoint(_ name: Identifier, of application: Identifier) async throws -> Subscription {
        do {
            let subscription = try await webhooks.subscription(name)
            if subscription.definition.tenant == application { return subscription }
        } catch WebhookError.unknownSubscription {
            // It may be a uid.
        }
        guard let found = try await endpoint(uid: name.text, of: application) else {
            throw RequestError.notFound(kind: "endpoint", id: name.text)
        }
        return found
    }

    /// The oldest endpoint of an application that has a uid.
    func endpoint(uid: String, of application: Identifier) async throws -> Subscription? {
        guard SvixUID.isValid(uid, otherThan: SvixUID.endpointPrefix) else { return nil }
        var found: Subscription?
        var after: String?
        repeat {
            let request = PageRequest(after: after, limit: PageRequest.maximumLimit)
            let page = try await webhooks.subscriptions(request, tenant: application)
            for subscription in page.items
            where SvixUID.of(subscription) == uid && subscription.number < found?.number ?? .max {
                found = subscription
            }
            after = page.next
        } while after != nil
        return found
    }

    /// The message of the path, by its id or its `eventId`, which belongs to the application of the path.
    func message(_ context: HooklineRequestContext) async throws -> AcceptedEvent {
        let application = try await application(context).id
        let name = try context.pathIdentifier("msg_id")
        for id in [name, SvixMessageID.derived(eventID: name.text, of: application)] {
            do {
                let event = try await webhooks.acceptedEvent(id)
                if event.event.tenant == application { return event }
            } catch WebhookError.unknownEvent {
                continue
            }
        }
        throw RequestError.notFound(kind: "message", id: name.text)
    }

    /// The subscriptions of some ids, without those that were deleted.
    func subscriptions(_ ids: some Sequence<Identifier>) async throws -> [Identifier: Subscription] {
        var found: [Identifier: Subscription] = [:]
        for id in Set(ids) {
            do {
                found[id] = try await webhooks.subscription(id)
            } catch WebhookError.unknownSubscription {
                continue
            }
        }
        return found
    }
}
