import HooklineExperiments
import NIOCore
import ServiceLifecycle

/// Changes of features as server-sent events (HTML Living Standard, section 9.2): one for each change, with its tag as `id`. Ends
/// when the server shuts down, and when its key no longer opens it; clients then connect again.
struct FeatureStream: AsyncSequence, Sendable {
    private let features: Features
    /// The tag that the client has.
    private let known: String?
    /// Held for as long as somebody reads.
    private let place: FollowerGauge.Place
    private let isOpen: @Sendable () async -> Bool
    private let event: @Sendable (PublishedFeatures) -> Event

    struct Event: Sendable {
        /// Tells it from others.
        let tag: String
        /// As it is sent, to all who follow the same bytes.
        let lines: ByteBuffer

        /// - Parameters:
        ///   - tag: Its `id`.
        ///   - type: What clients listen for.
        ///   - data: One line.
        init(tag: String, type: String, data: ByteBuffer) {
            var lines = ByteBuffer(string: "id: \(tag)\nevent: \(type)\ndata: ")
            lines.writeImmutableBuffer(data)
            lines.writeString("\n\n")
            (self.tag, self.lines) = (tag, lines)
        }
    }

    /// - Parameters:
    ///   - features: What is followed.
    ///   - known: What the client has: it is told of others only; nil tells it of what there is.
    ///   - place: Of the stream among all.
    ///   - isOpen: Whether who reads may still do so. Asked before each event and heartbeat.
    ///   - event: What features make. Asked at each look, so it is quick where they are those of before.
    init(
        _ features: Features,
        known: String?,
        place: FollowerGauge.Place,
        isOpen: @escaping @Sendable () async -> Bool,
        event: @escaping @Sendable (PublishedFeatures) -> Event
    ) {
        self.features = features
        self.known = known
        self.place = place
        self.isOpen = isOpen
        self.event = event
    }

    func makeAsyncIterator() -> Iterator { Iterator(stream: self, known: known) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let stream: FeatureStream
        fileprivate var known: String?
        private var hasBegun = false

        fileprivate init(stream: FeatureStream, known: String?) {
            self.stream = stream
            self.known = known
        }

        mutating func next() async throws -> ByteBuffer? {
            guard hasBegun else {
                // The head of the answer goes out with it: the client knows that it is connected.
                hasBegun = true
                return ByteBuffer(string: "retry: \(EventStream.reconnectionMilliseconds)\n: connected\n\n")
            }
            // Listened to before the look, so that nothing is missed in between.
            let changes = stream.features.changes()
            if try await latest().tag == known { await changes.waitForOne(atMost: EventStream.heartbeat) }
            guard await stream.isOpen() else { return nil }
            let latest = try await latest()
            if latest.tag != known {
                known = latest.tag
                return latest.lines
            }
            guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return nil }
            return ByteBuffer(string: ": heartbeat\n\n")
        }

        private func latest() async throws -> Event {
            stream.event(try await stream.features.current())
        }
    }
}
