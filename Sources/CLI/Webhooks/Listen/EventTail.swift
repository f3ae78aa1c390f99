import HooklinePrimitives
import HooklineWebhooks

/// Follows the domain events of a Hookline, from a position on, whatever happens to the connection.
struct EventTail {
    let client: any Client
    let selection: EventTypeSelection
    let retry: Retry
    /// Is told once of each time that the server cannot be asked, and of when it can be again.
    let note: @Sendable (String) -> Void
    /// The last position that was looked at.
    private(set) var position: Int64 = 0

    /// How long one request waits for an event.
    static let waitSeconds = 25
    /// The most events of an answer.
    static let eventsPerRequest = 100

    /// Where to begin.
    enum Start: Equatable {
        /// With the next event that comes.
        case now
        case after(Int64)
        case since(Timestamp)
    }

    init(
        _ client: any Client,
        _ selection: EventTypeSelection,
        retry: Retry = Retry(),
        note: @escaping @Sendable (String) -> Void
    ) {
        (self.client, self.selection, self.retry, self.note) = (client, selection, retry, note)
    }

    /// Finds the position to begin at.
    mutating func begin(_ start: Start) async throws {
        switch start {
        case .after(let position): self.position = position
        case .now: position = try await poll(after: nil, waitSeconds: 0).next
        case .since(let time): position = try await self.position(before: time)
        }
    }

    /// The next events that were asked for; empty where there were none for some time.
    mutating func next() async throws -> [DeliveredEvent] {
        var attempts = 0
        while true {
            do {
                let found = try await poll(after: position, waitSeconds: Self.waitSeconds)
                if attempts > 0 { note("\(client.place) answers again") }
                position = found.next
                return found.events.filter { selection.matches($0.type) }
            } catch let error as ClientError where error.isTemporary {
                attempts += 1
                if attempts == 1 { note("\(error.lines.joined(separator: "; ")); trying again") }
                try await retry.sleep(retry.wait(after: attempts, serverSaysSeconds: nil))
            }
        }
    }

    private func poll(after position: Int64?, waitSeconds: Int) async throws -> FollowedEvents {
        let query = [
            ("after", position.map { "\($0)" }), ("types", types), ("limit", "\(Self.eventsPerRequest)"),
            ("wait_seconds", "\(waitSeconds)"),
        ]
        let answer = try await client.succeed(ClientRequest(.get, "webhooks", "events", "poll", query: query))
        guard let found = FollowedEvents(answer.body) else { throw ClientError.notHookline(place: client.place) }
        return found
    }

    /// What the server can look for by itself: names, but no patterns.
    private var types: String? {
        var names: [String] = []
        for pattern in selection.patterns {
            guard case .exactly(let name) = pattern else { return nil }
            names.append(name.text)
        }
        return names.joined(separator: ",")
    }

    private func position(before time: Timestamp) async throws -> Int64 {
        // What is enqueued while this looks comes after the head.
        let head = try await poll(after: nil, waitSeconds: 0).next
        let first = try await client.items(atMost: 1) { cursor, _ in
            let query = [("since", time.description), ("order", "oldest"), ("limit", "1"), ("cursor", cursor)]
            return ClientRequest(.get, "webhooks", "events", query: query)
        }
        return first.first?["position"]?.integer.map { $0 - 1 } ?? head
    }
}
