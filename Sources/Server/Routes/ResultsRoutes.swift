import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import Hummingbird

/// The analyses of experiments.
struct ResultsRoutes {
    let experiments: Experiments
    let progress: ProjectionProgress

    func add(to routes: RouteList) {
        routes.scoped(.read)
            .get("/v1/experiments/{id}/results") { request, context in
                try await results(request, of: try context.pathIdentifier("id"))
            }
            .get("/v1/results") { request, _ in try await list(request) }
    }

    private func results(_ request: Request, of id: Identifier) async throws -> Response {
        let query = try QueryParameters(of: request, known: Self.parameters)
        let asked = try asked(query)
        let isComplete = try await wait(query)
        let results = try await experiments.results(of: id, asked)
        return Response(
            json: .object(
                ResultsBody.json(
                    results,
                    isComplete: isComplete,
                    isWhole: asked.metric == nil,
                    onlyMetric: asked.metric != nil
                )
            )
        )
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try QueryParameters(of: request, known: QueryParameters.page + ["state"] + Self.parameters)
        let (page, asked) = (try query.page(), try asked(query))
        let state = try query.choice("state", of: ExperimentState.self)
        let isComplete = try await wait(query)
        let results = try await experiments.results(page, state: state, asked)
        return Response.page(results) {
            .object(ResultsBody.json($0, isComplete: isComplete, isWhole: asked.metric == nil))
        }
    }

    private static let parameters = ["metric", "dimension", "include_open", "planned_read", "wait_ms"]

    private func asked(_ query: QueryParameters) throws -> ResultsRequest {
        ResultsRequest(
            metric: try identifier("metric", "the name of a metric", query),
            includesOpen: try query.boolean("include_open") ?? false,
            dimension: try identifier("dimension", "the name of a dimension", query),
            isThePlannedRead: try query.boolean("planned_read") ?? false
        )
    }

    /// Whoever has posted something sees it in the next results: waits until the fold has reached the log's head.
    private func wait(_ query: QueryParameters) async throws -> Bool {
        let milliseconds = try query.integer("wait_ms", in: 0...Self.maximumWaitMilliseconds)
        return try await progress.waitForHead(
            atMost: .milliseconds(milliseconds ?? Self.defaultWaitMilliseconds)
        )
    }

    private func identifier(
        _ parameter: String,
        _ accepted: String,
        _ query: QueryParameters
    ) throws(RequestError) -> Identifier? {
        guard let name = query[parameter] else { return nil }
        do {
            return try Identifier(name, maximumBytes: MetricRules.maximumNameBytes)
        } catch {
            throw .invalid(field: parameter, problem: error.description, accepted: accepted)
        }
    }

    private static let defaultWaitMilliseconds = 2000
    private static let maximumWaitMilliseconds = 10_000
}
