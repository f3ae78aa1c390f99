import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// The part of Svix's administrative API that existing clients of it need, under the paths that they know.
///
/// An application is a tenant, an endpoint a subscription of it, a message a domain event. What Hookline does in another way
/// is written in docs/svix.md; what it cannot do is refused, so that nothing is silently without effect.
///
/// Source: https://api.svix.com/docs, and the requests of the Python library svix 2.9.1. Clients of version 1 name two
/// fields in another way (`filterTypes`, `rateLimit`), which are read and written beside those of version 2.
struct SvixRoutes {
    let webhooks: Webhooks
    let clock: WallClock

    /// All paths of the facade begin with it, and none of other routes do.
    static let prefix = "/api/v1/"

    func add(to routes: RouteList) {
        routes.open.get("/api/v1/health") { _, _ in .noContent }
        SvixApplicationRoutes(webhooks: webhooks, clock: clock).add(to: routes)
        SvixEndpointRoutes(webhooks: webhooks, clock: clock).add(to: routes)
        SvixSecretRoutes(webhooks: webhooks).add(to: routes)
        SvixRecoveryRoutes(webhooks: webhooks).add(to: routes)
        SvixMessageRoutes(webhooks: webhooks, clock: clock).add(to: routes)
        SvixAttemptRoutes(webhooks: webhooks).add(to: routes)
        SvixEventTypeRoutes(webhooks: webhooks).add(to: routes)
    }
}
