import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import HooklineEvents
@testable import HooklineServer

@Suite struct WebhookFollowRoutesTests {
    private static let poll = "/v1/webhooks/events/poll"
    private static let stream = "/v1/webhooks/events/stream"

    @Test(arguments: TestDatabase.available)
    func pollingAnswersWhatCameAfterAPosition(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            #expect(try await server.get(Self.poll) == ["items": [], "next": 0, "head": 0])
            for number in 1...3 {
                try await server.tell(#""id": "e\#(number)""#, type: number == 2 ? "batch.completed" : "video.created")
            }
            try await server.dispatch()
            let all = try await server.get(Self.poll + "?after=0")
            #expect(all["items"]?.array?.map { $0["id"] } == ["e1", "e2", "e3"])
            #expect(all["next"] == 3 && all["head"] == 3)
            let one = try await server.get(Self.poll + "?after=0&limit=1&types=batch.completed,quality.approved")
            #expect(one["items"]?.array?.map { $0["id"] } == ["e2"] && one["next"] == 2)
            #expect(try await server.get(Self.poll)["next"] == 3)
            let last = try await server.get(Self.poll + "?after=2&types=batch.completed")
            #expect(last["items"] == [] && last["next"] == 3)
            for (query, field) in [
                ("after=-1", "after"), ("after=x", "after"), ("wait_seconds=31", "wait_seconds"),
                ("limit=101", "limit"),
                ("types=a%20b", "types"), ("since=0", "since"),
            ] {
                #expect(
                    try await server.problem(.get, Self.poll + "?" + query, as: .read) == "422 invalid_field \(field)"
                )
            }
        }
    }

    @Test func pollingWaitsForTheNextEvent() async throws {
        try await ServerHarness.run { server in
            async let waiting = server.get(Self.poll + "?after=0&wait_seconds=30")
            try await server.tell(#""id": "e1""#)
            try await server.dispatch()
            #expect(try await waiting["items"]?.array?.map { $0["id"] } == ["e1"])
        }
    }

    @Test func aStreamTellsEachEventOnceAndResumes() async throws {
        try await ServerHarness.run { server in
            for number in 1...3 { try await server.tell(#""id": "e\#(number)""#) }
            try await server.dispatch()
            let after = try await server.open(Self.stream + "?after=1", parts: 2)
            #expect(after.response.status == .ok && after.response.headers[.contentType] == "text/event-stream")
            #expect(after.response.headers[.cacheControl] == "no-store")
            let text = after.text
            #expect(text.hasPrefix("retry: 2000\n: connected\n\nid: 2\nevent: video.created\ndata: {\"id\":\"e2\""))
            #expect(text.split(separator: "\n").filter { $0.hasPrefix("id: ") } == ["id: 2", "id: 3"])
            let data = text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { $0.dropFirst(6) }
            let event = try await server.get("/v1/webhooks/events/e3")
            #expect(try JSON.parse(String(data[1])) == event)

            // What the client saw last goes before its address.
            let resumed = try await server.open(Self.stream + "?after=0", headers: [.lastEventID: "2"], parts: 2)
            #expect(resumed.text.split(separator: "\n").filter { $0.hasPrefix("id: ") } == ["id: 3"])
            let filtered = try await server.open(Self.stream + "?types=batch.completed&after=0", parts: 1)
            #expect(filtered.text == "retry: 2000\n: connected\n\n")
        }
    }

    @Test func aStreamBeginsWithTheNextEvent() async throws {
        try await ServerHarness.run { server in
            try await server.tell(#""id": "old""#)
            try await server.dispatch()
            async let next = server.open(Self.stream, parts: 2) {
                try await server.tell(#""id": "new""#)
                try await server.dispatch()
            }
            let text = try await next.text
            #expect(text.contains(#"data: {"id":"new","position":2"#) && !text.contains("old"))
        }
    }

    @Test func aStreamSaysThatItIsAliveAndEndsAtTheShutdown() async throws {
        try await ServerHarness.run { server in
            let gauge = FollowerGauge()
            let follower = EventFollower(webhooks: server.webhooks, database: server.database, types: [], limit: 10)
            let stream = EventStream(follower, after: 0, place: try gauge.enter(), heartbeat: .milliseconds(1))
            var parts = stream.makeAsyncIterator()
            #expect(try await parts.next().map { String(buffer: $0) }?.hasPrefix("retry:") == true)
            #expect(try await parts.next().map { String(buffer: $0) } == ": heartbeat\n\n")

            let reader = StreamReader(
                stream: EventStream(follower, after: 0, place: try gauge.enter(), heartbeat: .seconds(600))
            )
            let group = ServiceGroup(
                services: [reader],
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                for await _ in reader.begun { break }
                await group.triggerGracefulShutdown()
                try await tasks.next()
            }
        }
    }

    /// Reads a stream to its end, and ends with it.
    private struct StreamReader: Service {
        let stream: EventStream
        let begun: AsyncStream<Void>
        private let isBegun: AsyncStream<Void>.Continuation

        init(stream: EventStream) {
            self.stream = stream
            (begun, isBegun) = AsyncStream.makeStream()
        }

        func run() async throws {
            for try await _ in stream { isBegun.yield() }
            try? await gracefulShutdown()
        }
    }

    @Test func anEventWithLineBreaksStandsInSeveralFields() throws {
        let event = DispatchedEvent.make(payload: "{\n\"a\":\r1,\r\n\"b\": 2}")
        var buffer = ByteBuffer()
        EventStream.write(event, to: &buffer)
        let lines = String(buffer: buffer).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.prefix(2) == ["id: 7", "event: video.created"])
        #expect(lines.dropFirst(3) == ["data: \"a\":", "data: 1,", "data: \"b\": 2}}", "", ""])
    }

    @Test func soManyFollowAtATime() async throws {
        let gauge = FollowerGauge()
        var places = try (0..<FollowerGauge.maximumFollowers).map { _ in try gauge.enter() }
        #expect(throws: RequestError.overloaded) { try gauge.enter() }
        places.removeLast()
        places.append(try gauge.enter())
        #expect(throws: RequestError.overloaded) { try gauge.enter() }
        #expect(places.count == FollowerGauge.maximumFollowers)
    }

    @Test func anUnknownPositionIsRefused() async throws {
        try await ServerHarness.run { server in
            #expect(try await server.problem(.get, Self.stream + "?after=x", as: .read) == "422 invalid_field after")
            let headers: HTTPFields = [.lastEventID: "x"]
            let answer = try await server.send(.get, Self.stream, as: .read, headers: headers)
            #expect(try answer.status == .unprocessableContent && answer.json["field"] == "Last-Event-ID")
            #expect(try await server.problem(.get, Self.stream, as: .client) == "403 scope_missing -")
        }
    }
}

extension DispatchedEvent {
    fileprivate static func make(payload: String) -> DispatchedEvent {
        let moment = Timestamp(milliseconds: 0)
        let event = DomainEvent(type: "video.created", payload: RawJSON(unchecked: payload.utf8), occurredAt: moment)
        return DispatchedEvent(position: 7, id: "e", event: event, receivedAt: moment, refusal: nil)
    }
}
