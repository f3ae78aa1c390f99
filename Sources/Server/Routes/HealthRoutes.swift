import HooklinePrimitives
import Hummingbird

/// Probes for load balancers and supervisors.
struct HealthRoutes {
    let readiness: Readiness

    func add(to routes: RouteList) {
        routes.open
            .get("/healthz") { _, _ in Response(json: ["status": "ok"], headers: [.cacheControl: "no-store"]) }
            .get("/readyz") { _, _ in await ready() }
    }

    private func ready() async -> Response {
        let problems = await readiness.problems()
        let isReady = problems.process == nil && problems.database == nil
        return Response(
            status: isReady ? .ok : .serviceUnavailable,
            json: [
                "status": isReady ? "ok" : "unavailable",
                "checks": [
                    "process": .string(problems.process ?? "ok"),
                    "database": .string(problems.database ?? (problems.process == nil ? "ok" : "not checked")),
                ],
            ],
            headers: [.cacheControl: "no-store"]
        )
    }
}
