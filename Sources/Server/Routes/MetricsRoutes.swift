import Hummingbird

/// What Prometheus scrapes.
struct MetricsRoutes {
    let text: @Sendable () -> String

    func add(to routes: RouteList) {
        routes.scopedOrLoopback(.read).get("/metrics") { [text] _, _ in
            Response(
                bytes: ByteBuffer(string: text()),
                contentType: "text/plain; version=0.0.4; charset=utf-8",
                headers: [.cacheControl: "no-store"]
            )
        }
    }
}
