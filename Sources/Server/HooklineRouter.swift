import HooklineEvents
import HooklineExperiments
public import Hummingbird
import Logging

/// Builds what answers requests. The only place where routes and middleware meet.
public struct HooklineRouter: Sendable {
    public let table: RouteTable
    public let responder: RouterResponder<HooklineRequestContext>
    /// Every route that the router knows, as `GET /v1/keys`: for the check that none came in beside the table. A HEAD
    /// route comes with every GET, and is not listed.
    public let registeredRoutes: [String]

    /// - Parameters:
    ///   - services: what the routes need.
    ///   - configuration: the settings of the edge.
    ///   - now: the clock of rate limits.
    public init(
        _ services: ServerServices,
        configuration: ServerConfiguration = ServerConfiguration(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        let list = RouteList()
        HealthRoutes(readiness: services.readiness).add(to: list)
        MetricsRoutes(text: services.metricsText).add(to: list)
        OpenAPIRoutes().add(to: list)
        KeyRoutes(store: services.keys, authenticator: services.authenticator, clock: services.clock).add(to: list)
        EventRoutes(log: services.log, clock: services.clock).add(to: list)
        ExperimentRoutes(experiments: services.experiments, clock: services.clock).add(to: list)
        MetricDefinitionRoutes(experiments: services.experiments).add(to: list)
        FeatureRoutes(features: services.features).add(to: list)
        let followers = FollowerGauge(maximum: ServerLimits.maximumFeatureStreams)
        OFREPRoutes(
            features: services.features,
            log: services.log,
            clock: services.clock,
            authenticator: services.authenticator,
            gauge: followers
        ).add(to: list)
        let payloads = SDKPayloads(encryptionKey: configuration.featureEncryptionKey)
        SDKRoutes(
            features: services.features,
            payloads: payloads,
            authenticator: services.authenticator,
            gauge: followers
        ).add(to: list)
        SvixRoutes(webhooks: services.webhooks, clock: services.clock).add(to: list)
        let progress = ProjectionProgress(of: ExperimentProjection.name, database: services.database)
        ResultsRoutes(experiments: services.experiments, progress: progress).add(to: list)
        WebhookEventRoutes(webhooks: services.webhooks, clock: services.clock).add(to: list)
        WebhookFollowRoutes(webhooks: services.webhooks, database: services.database).add(to: list)
        CatalogueRoutes(webhooks: services.webhooks).add(to: list)
        SubscriptionRoutes(webhooks: services.webhooks).add(to: list)
        DeliveryRoutes(webhooks: services.webhooks).add(to: list)

        self.init(
            list,
            authenticator: services.authenticator,
            configuration: configuration,
            logger: services.logger,
            now: now
        )
    }

    /// The routes of a list behind the middleware, outermost first: what an outer one sees includes what the inner ones
    /// answered.
    init(
        _ list: RouteList,
        authenticator: Authenticator,
        configuration: ServerConfiguration,
        logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        let table = RouteTable(list.routes)
        let router = Router(context: HooklineRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.addMiddleware {
            RequestIDMiddleware(logger: logger)
            RequestLogMiddleware()
            RequestMetricsMiddleware()
            ClientCORSMiddleware(allowedOrigins: configuration.allowedOrigins, table: table)
            ProblemMiddleware(table: table)
            ConcurrencyLimitMiddleware(gauge: RequestGauge())
        }
        let limiter = RateLimiter(configuration.clientRate, now: now)
        for route in table.routes {
            router.group()
                .add(
                    middleware: AuthorizationMiddleware(
                        access: route.access,
                        authenticator: authenticator,
                        clientLimiter: limiter
                    )
                )
                .on(RouterPath(route.path), method: route.method, use: route.handler)
        }
        self.table = table
        registeredRoutes = router.routes.map { "\($0.method.rawValue) \($0.path)" }
        responder = router.buildResponder()
    }
}
