import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// Delivering to an endpoint again, and how its deliveries went.
struct SvixRecoveryRoutes {
    let webhooks: Webhooks

    /// What Svix calls the tasks that deliver again. The id of a task is the replay's with the kind before it.
    private enum Task: String, CaseIterable {
        /// What failed.
        case recover = "endpoint.recover"
        /// What was never sent to the endpoint.
        case replay = "endpoint.replay"
        case bulkReplay = "endpoint.bulk-replay"

        var scope: ReplayRequest.Scope {
            switch self {
            case .recover: .failed
            case .replay: .missing
            case .bulkReplay: .all
            }
        }

        var prefix: String {
            switch self {
            case .recover: "qtask_recover_"
            case .replay: "qtask_replay_"
            case .bulkReplay: "qtask_bulk_"
            }
        }
    }

    func add(to routes: RouteList) {
        let path = SvixEndpointRoutes.path
        routes.scoped(.read)
            .get(path + "/stats") { request, context in try await statistics(request, context) }
            .get("/api/v1/background-task/{task_id}") { _, context in try await task(context) }
        routes.scoped(.write)
            .post(path + "/recover") { request, context in try await begin(.recover, request, context) }
            .post(path + "/replay-missing") { request, context in try await begin(.replay, request, context) }
            .post(path + "/bulk-replay") { request, context in try await begin(.bulkReplay, request, context) }
    }

    private var names: SvixNames { SvixNames(webhooks: webhooks) }

    private func begin(_ task: Task, _ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let endpoint = try await names.endpoint(context)
        let body = try JSONField(try await request.json()).object()
        if task == .bulkReplay {
            try body.allowOnly("since", "until", "eventTypes", "channel", "tag", "status", "statusCodeClass")
            for name in ["channel", "tag", "status", "statusCodeClass"] {
                try body.refuse(name, "is not supported; accepted are since, until and eventTypes")
            }
        } else {
            try body.allowOnly("since", "until")
        }
        let since = try body.required("since").timestamp()
        let types = try body.optional("eventTypes")?.elements(maximumCount: EventTypeSelection.maximumPatterns)
            .map { try EventTypeName.read($0) }
        let replay = try await webhooks.replay(
            ReplayRequest(
                start: .since(since),
                until: try body.optional("until")?.timestamp(),
                types: types ?? [],
                scope: task.scope
            ),
            to: endpoint.id
        )
        return Response(status: .accepted, json: Self.json(replay, task))
    }

    private func task(_ context: HooklineRequestContext) async throws -> Response {
        let id = try context.pathText("task_id")
        guard let task = Task.allCases.first(where: { id.hasPrefix($0.prefix) }) else {
            throw RequestError.notFound(kind: "task", id: id)
        }
        do {
            let replay = try await webhooks.replay(Identifier(unchecked: String(id.dropFirst(task.prefix.count))))
            return Response(json: Self.json(replay, task))
        } catch WebhookError.unknownReplay {
            throw RequestError.notFound(kind: "task", id: id)
        }
    }

    private static func json(_ replay: Replay, _ task: Task) -> JSON {
        let status =
            switch replay.state {
            case .running: "running"
            case .completed: "finished"
            case .cancelled: "failed"
            }
        return [
            "id": .string(task.prefix + replay.id.text),
            "status": .string(status),
            "task": .string(task.rawValue),
            "data": ["messagesSent": JSON(replay.scheduled)],
            "updatedAt": JSON(replay.updatedAt),
        ]
    }

    /// The counts of all time.
    private func statistics(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let query = try QueryParameters(of: request, known: ["since", "until"])
        for name in ["since", "until"] { try query.refuse(name, because: "the counts are of all time") }
        let statistics = try await webhooks.statistics(of: try await names.endpoint(context).id)
        return Response(
            json: [
                "success": JSON(statistics.successful),
                "pending": JSON(statistics.pending),
                "sending": 0,
                "fail": JSON(statistics.failed),
                "canceled": 0,
            ]
        )
    }
}
