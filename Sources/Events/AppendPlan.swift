import HooklinePrimitives
import HooklineStorage

/// Decides which events of several requests are stored, and where.
struct AppendPlan {
    /// What is written, with positions that follow the log's head without a gap.
    private(set) var events: [LoggedEvent] = []
    /// One result a request, in their order.
    private(set) var results: [AppendResult] = []

    /// - Parameters:
    ///   - stored: the ids among the requests' that are in the log already, within the window.
    ///   - head: the last position of the log.
    init(_ requests: [[EngagementEvent]], stored: Set<Identifier>, head: Int64, receivedAt: Timestamp) {
        var seen = stored
        var names = GeneratedNames(prefix: "e_", at: receivedAt)
        for request in requests {
            let before = events.count
            for event in request {
                if let id = event.id, !seen.insert(id).inserted { continue }
                events.append(
                    LoggedEvent(
                        position: head + Int64(events.count) + 1,
                        id: event.id ?? names.next(),
                        type: event.type,
                        userID: event.userID,
                        contentID: event.contentID,
                        occurredAt: event.occurredAt,
                        receivedAt: receivedAt,
                        properties: event.properties
                    )
                )
            }
            let accepted = events.count - before
            results.append(
                AppendResult(
                    accepted: accepted,
                    duplicates: request.count - accepted,
                    position: head + Int64(events.count)
                )
            )
        }
    }
}

extension EventStore {
    /// Stores several requests in one transaction. See `EventLog`, the only caller.
    func append(
        _ requests: [[EngagementEvent]],
        receivedAt: Timestamp,
        uniqueSince: Timestamp
    ) async throws -> [AppendResult] {
        // Sorted, so that the look-up walks the index once.
        let ids = Set(requests.joined().compactMap(\.id)).sorted()
        return try await database.write { transaction in
            let stored = try lockAndFindStored(ids, since: uniqueSince, in: transaction)
            let head = try head(in: transaction)
            let plan = AppendPlan(requests, stored: stored, head: head, receivedAt: receivedAt)
            if !plan.events.isEmpty { try insert(plan.events, in: transaction) }
            return plan.results
        }
    }
}
