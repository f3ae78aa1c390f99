import HooklineEvents
import HooklinePrimitives
import Hummingbird

/// Engagement events in.
struct EventRoutes {
    let log: EventLog
    let clock: WallClock

    func add(to routes: RouteList) {
        routes.scoped(.client)
            .post("/v1/events") { request, _ in try await append(request) }
    }

    private func append(_ request: Request) async throws -> Response {
        let kind = try request.bodyKind(accepted: [.json, .ndjson])
        let bytes = try await request.collectedBody()
        guard bytes.readableBytes > 0 else { throw BodyError.missing }
        let now = clock.now()
        let body = try bytes.withUnsafeReadableBytes { bytes in
            try EventsBody(bytes, kind: kind == .ndjson ? .lines : .json, receivedAt: now)
        }
        let result = try await log.append(body.events)
        return try AcceptedBody(result: result, rejected: body.rejected)
            .response(isEmptyRequest: body.events.isEmpty && body.rejected.isEmpty)
    }
}
