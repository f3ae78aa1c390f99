import HooklineExperiments
import NIOCore
import ServiceLifecycle

/// Changes of features as server-sent events (HTML Living Standard, section 9.2): one for each change, with its tag as `id`. Ends
/// when the server shuts down; clients then connect again.
struct FeatureStream: AsyncSequence, Sendable {
    private let features: Features
    /// The tag that the client has.
    private let known: String?
    /// Held for as long as somebody reads.
    private let place: FollowerGauge.Place
    private let event: @Sendable (PublishedFeatures) -> [UInt8]

    /// - Parameters:
    ///   - features: What is followed.
    ///   - known: What the client has: it is told of others only; nil tells it of what there is.
    ///   - place: Of the stream among all.
    ///   - event: The lines of an event after its `id`, without the empty one.
    init(
        _ features: Features,
        known: String?,
        place: FollowerGauge.Place,
        event: @escaping @Sendable (PublishedFeatures) -> [UInt8]
    ) {
        self.features = features
        self.known = known
        self.place = place
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
            if let event = try await changed() { return event }
            await changes.waitForOne(atMost: EventStream.heartbeat)
            if let event = try await changed() { return event }
            guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return nil }
            return ByteBuffer(string: ": heartbeat\n\n")
        }

        private mutating func changed() async throws -> ByteBuffer? {
            let published = try await stream.features.current()
            guard published.tag != known else { return nil }
            known = published.tag
            let lines = stream.event(published)
            var buffer = ByteBuffer()
            buffer.reserveCapacity(lines.count + published.tag.utf8.count + 8)
            buffer.writeString("id: \(published.tag)\n")
            buffer.writeBytes(lines)
            buffer.writeString("\n\n")
            return buffer
        }
    }
}
