import HooklineExperiments
import HooklinePrimitives
import Hummingbird

/// Named metrics: their definitions, their versions, and which experiments use them.
struct MetricDefinitionRoutes {
    let experiments: Experiments

    func add(to routes: RouteList) {
        routes.scoped(.read)
            .get("/v1/metrics") { request, _ in try await list(request) }
            .get("/v1/metrics/{id}") { _, context in
                let definition = try await experiments.metric(try context.pathIdentifier("id"))
                return Response(json: MetricDefinitionBody.json(definition))
            }
            .get("/v1/metrics/{id}/versions") { request, context in
                let (id, page) = (try context.pathIdentifier("id"), try Self.page(request))
                return Response.page(try await experiments.metricVersions(of: id, page), MetricDefinitionBody.json)
            }
            .get("/v1/metrics/{id}/versions/{version}") { _, context in
                let (id, version) = (try context.pathIdentifier("id"), try context.pathVersion())
                return Response(json: MetricDefinitionBody.json(try await experiments.metricVersion(version, of: id)))
            }
            .get("/v1/metrics/{id}/experiments") { request, context in
                let (id, page) = (try context.pathIdentifier("id"), try Self.page(request))
                return Response.page(try await experiments.metricUsages(of: id, page), MetricDefinitionBody.json)
            }
        routes.scoped(.write)
            .post("/v1/metrics") { request, _ in try await define(request) }
            .patch("/v1/metrics/{id}") { request, context in
                try await change(request, try context.pathIdentifier("id"))
            }
            .post("/v1/metrics/{id}/archive") { _, context in
                let definition = try await experiments.archiveMetric(try context.pathIdentifier("id"))
                return Response(json: MetricDefinitionBody.json(definition))
            }
            .post("/v1/metrics/{id}/restore") { _, context in
                let definition = try await experiments.restoreMetric(try context.pathIdentifier("id"))
                return Response(json: MetricDefinitionBody.json(definition))
            }
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try QueryParameters(of: request, known: QueryParameters.page + ["archived"])
        let page = try await experiments.metrics(try query.page(), isArchived: try query.boolean("archived"))
        return Response.page(page, MetricDefinitionBody.json)
    }

    private func define(_ request: Request) async throws -> Response {
        let (metric, description) = try MetricDefinitionBody.definition(try await request.json())
        let definition = try await experiments.defineMetric(metric, description: description)
        let location = "/v1/metrics/\(PercentEncoding.encode(segment: definition.id.text))"
        return .created(MetricDefinitionBody.json(definition), at: location)
    }

    private func change(_ request: Request, _ id: Identifier) async throws -> Response {
        let change = try MetricDefinitionBody.Change(try await request.json())
        let definition = try await experiments.changeMetric(id, description: change.description) { metric in
            try change.apply(to: &metric)
        }
        return Response(json: MetricDefinitionBody.json(definition))
    }

    private static func page(_ request: Request) throws -> PageRequest {
        try QueryParameters(of: request, known: QueryParameters.page).page()
    }
}
