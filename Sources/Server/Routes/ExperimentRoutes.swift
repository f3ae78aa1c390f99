import HooklineExperiments
import HooklinePrimitives
import Hummingbird

/// Experiments: their definitions, their states, who sees what, and what is observed.
struct ExperimentRoutes {
    let experiments: Experiments
    let clock: WallClock

    func add(to routes: RouteList) {
        routes.scoped(.read)
            .get("/v1/experiments") { request, _ in try await list(request) }
            .get("/v1/experiments/{id}") { _, context in
                answer(try await experiments.get(try context.pathIdentifier("id")))
            }
            .get("/v1/experiments/{id}/audit") { request, context in
                let query = try QueryParameters(of: request, known: QueryParameters.page)
                let page = try await experiments.audit(of: try context.pathIdentifier("id"), try query.page())
                return Response.page(page, AuditBody.json)
            }
            .get("/v1/experiments/{id}/validation") { request, context in
                let query = try QueryParameters(of: request, known: ["runs", "looks", "seed"])
                let asked = try ValidationRequest(
                    runs: try query.integer("runs", in: ValidationRequest.acceptedRuns)
                        ?? ValidationRequest.defaultRuns,
                    looks: try query.integer("looks", in: ValidationRequest.acceptedLooks)
                        ?? ValidationRequest.defaultLooks,
                    seed: UInt64(try query.integer("seed", in: 0...Int(Int32.max)) ?? 1)
                )
                return Response(
                    json: ValidationBody.json(try await experiments.validate(try context.pathIdentifier("id"), asked))
                )
            }
        routes.scoped(.write)
            .post("/v1/experiments") { request, context in try await create(request, experiments(for: context)) }
            .post("/v1/experiments/import") { request, context in
                try await importResults(request, experiments(for: context))
            }
            .patch("/v1/experiments/{id}") { request, context in
                try await change(request, try context.pathIdentifier("id"), experiments(for: context))
            }
            .post("/v1/experiments/{id}/start") { _, context in
                answer(try await experiments(for: context).start(try context.pathIdentifier("id")))
            }
            .post("/v1/experiments/{id}/pause") { _, context in
                answer(try await experiments(for: context).pause(try context.pathIdentifier("id")))
            }
            .post("/v1/experiments/{id}/halt") { request, context in
                let body = try JSONField(try await request.json()).object()
                try body.allowOnly("variant", "reason")
                return answer(
                    try await experiments(for: context).halt(
                        try context.pathIdentifier("id"),
                        variant: try body.required("variant").identifier(),
                        reason: try body.required("reason").string()
                    )
                )
            }
            .post("/v1/experiments/{id}/conclude") { request, context in
                try await conclude(request, try context.pathIdentifier("id"), experiments(for: context))
            }
            .post("/v1/experiments/{id}/metrics") { request, context in
                let metric = try MetricReader.choice(JSONField(try await request.json()))
                let experiment = try await experiments(for: context)
                    .addMetric(metric, to: try context.pathIdentifier("id"))
                return Response(status: .accepted, json: .object(ExperimentBody.json(experiment)))
            }
            .post("/v1/experiments/{id}/recount") { _, context in
                Response(json: RecountBody.json(try await experiments.recount(try context.pathIdentifier("id"))))
            }
            .delete("/v1/users/{id}") { _, context in
                let forgotten = try await experiments.forget(try context.pathIdentifier("id"))
                return Response(
                    json: [
                        "events": JSON(forgotten.events), "units": JSON(forgotten.units),
                        "complete": .bool(forgotten.isComplete),
                    ]
                )
            }
            .post("/v1/experiments/{id}/observations") { request, context in
                try await observe(request, try context.pathIdentifier("id"))
            }
        routes.scoped(.client)
            .post("/v1/experiments/{id}/allocate") { request, context in
                try await allocate(request, try context.pathIdentifier("id"))
            }
    }

    /// In the hands of whoever sends the request.
    private func experiments(for context: HooklineRequestContext) -> Experiments {
        context.principal.map { experiments.acting(as: $0.name) } ?? experiments
    }

    private func answer(_ experiment: Experiment) -> Response {
        Response(json: .object(ExperimentBody.json(experiment)))
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try QueryParameters(of: request, known: QueryParameters.page + ["state"])
        let page = try await experiments.list(
            try query.page(),
            state: try query.choice("state", of: ExperimentState.self)
        )
        return Response.page(page) { .object(ExperimentBody.json($0)) }
    }

    private func create(_ request: Request, _ experiments: Experiments) async throws -> Response {
        let (definition, metrics) = try ExperimentBody.definition(try await request.json())
        let experiment = try await experiments.create(definition, comparing: metrics)
        let location = "/v1/experiments/\(PercentEncoding.encode(segment: experiment.id.text))"
        return .created(.object(ExperimentBody.json(experiment)), at: location)
    }

    private func change(
        _ request: Request,
        _ id: Identifier,
        _ experiments: Experiments
    ) async throws -> Response {
        let change = try ExperimentBody.change(try await request.json())
        let before = try await experiments.get(id)
        let after = try await experiments.change(id, change)
        let isNew = after.version != before.version
        var body = ExperimentBody.json(after)
        body.append("new_version", .bool(isNew))
        if isNew {
            let note =
                "Version \(after.version) measures from now on; the results of earlier versions are not mixed in."
            body.append("note", .string(note))
        }
        return Response(json: .object(body))
    }

    private func conclude(
        _ request: Request,
        _ id: Identifier,
        _ experiments: Experiments
    ) async throws -> Response {
        guard let json = try await request.optionalJSON() else { return answer(try await experiments.conclude(id)) }
        let body = try JSONField(json).object()
        try body.allowOnly("winner", "as_decided")
        let winner = try body.optional("winner")?.identifier()
        guard let asDecided = body.optional("as_decided"), try asDecided.bool() else {
            return answer(try await experiments.conclude(id, winner: winner))
        }
        guard winner == nil else { throw asDecided.error("is true beside a winner; accepted is one of both") }
        return answer(try await experiments.concludeAsDecided(id))
    }

    private func allocate(_ request: Request, _ id: Identifier) async throws -> Response {
        let asked = try AllocationBody.request(try await request.json())
        return Response(json: AllocationBody.json(try await experiments.allocate(asked, in: id), asked))
    }

    private func observe(_ request: Request, _ id: Identifier) async throws -> Response {
        let json = try await request.json()
        let body = try ObservationsBody(json, now: clock.now())
        let recorded = try await experiments.record(body.observations.map(\.observation), in: id)
        // One observation that is wrong is a wrong request; among many it is a line of the answer.
        if json.array == nil, let error = recorded.refused.first?.error { throw error }
        let refused = recorded.refused.map { index, error in
            let problem = ErrorResponse(error).problem
            return Rejection(
                index: body.observations[index].index,
                field: problem.field ?? "",
                problem: problem.detail
            )
        }
        let rejected = (body.rejected + refused).sorted { $0.index < $1.index }
        return try AcceptedBody(result: recorded.result, rejected: rejected)
            .response(isEmptyRequest: body.observations.isEmpty && rejected.isEmpty)
    }

    private func importResults(_ request: Request, _ experiments: Experiments) async throws -> Response {
        let (imports, refused) = try ImportBody.experiments(try await request.json())
        let (outcomes, position) = try await experiments.importResults(imports.map(\.experiment))
        var items: [Int: JSON] = refused.mapValues { refusal in
            ["id": refusal.id, "status": "refused", "problem": .string(refusal.problem)]
        }
        for (imported, outcome) in zip(imports, outcomes) {
            let (status, problem) = ImportBody.json(outcome)
            items[imported.index] = [
                "id": .string(imported.experiment.id.text), "status": .string(status), "problem": JSON(problem),
            ]
        }
        return Response(
            json: ["items": .array(items.sorted { $0.key < $1.key }.map(\.value)), "position": JSON(position)]
        )
    }
}
