import HooklineEvents
import HooklinePrimitives
import NIOCore
import ServiceLifecycle

/// Domain events as server-sent events (HTML Living Standard, section 9.2): each with its position as `id`, its type as
/// `event` and itself as `data`. Ends when the server shuts down; clients then connect again, and go on from the last id.
struct EventStream: AsyncSequence, Sendable {
    private let follower: EventFollower
    private let start: Int64
    /// Held for as long as somebody reads.
    private let place: FollowerGauge.Place
    private let heartbeat: Duration

    /// The most events that are written at once.
    static let maximumEventsPerPart = 20
    /// A comment is sent after so long without an event, so that neither side takes the connection for dead.
    static let heartbeat = Duration.seconds(15)
    /// How long a client waits before it connects again.
    static let reconnectionMilliseconds = 2000

    init(
        _ follower: EventFollower,
        after position: Int64,
        place: FollowerGauge.Place,
        heartbeat: Duration = EventStream.heartbeat
    ) {
        self.follower = follower
        start = position
        self.place = place
        self.heartbeat = heartbeat
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(follower: follower, place: place, heartbeat: heartbeat, position: start)
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let follower: EventFollower
        fileprivate let place: FollowerGauge.Place
        fileprivate let heartbeat: Duration
        fileprivate var position: Int64
        private var hasBegun = false

        fileprivate init(
            follower: EventFollower,
            place: FollowerGauge.Place,
            heartbeat: Duration,
            position: Int64
        ) {
            self.follower = follower
            self.place = place
            self.heartbeat = heartbeat
            self.position = position
        }

        mutating func next() async throws -> ByteBuffer? {
            guard hasBegun else {
                // The head of the answer goes out with it: the client knows that it is connected.
                hasBegun = true
                return ByteBuffer(string: "retry: \(EventStream.reconnectionMilliseconds)\n: connected\n\n")
            }
            let found = try await follower.next(after: position, atMost: heartbeat)
            position = found.next
            guard found.events.isEmpty else {
                var buffer = ByteBuffer()
                for event in found.events { EventStream.write(event, to: &buffer) }
                return buffer
            }
            guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return nil }
            return ByteBuffer(string: ": heartbeat\n\n")
        }
    }

    static func write(_ event: DispatchedEvent, to buffer: inout ByteBuffer) {
        buffer.writeString("id: \(event.position)\nevent: \(event.event.type)\ndata: ")
        // A payload may have line breaks between its parts. Each line stands in a field of its own.
        var isAfterReturn = false
        for byte in JSON.object(DomainEventBody.json(event)).encoded() {
            switch byte {
            case UInt8(ascii: "\n") where isAfterReturn: break
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): buffer.writeString("\ndata: ")
            default: buffer.writeInteger(byte)
            }
            isAfterReturn = byte == UInt8(ascii: "\r")
        }
        buffer.writeString("\n\n")
    }
}
