import HooklineEvents
import HooklinePrimitives

/// The domain events of the load. Their ids tell the receiver which is which.
enum DomainEventShape {
    static let type: Identifier = "video.published"
    static let payloadBytes = 1024

    /// JSON of exactly `payloadBytes`.
    static func payload(_ number: Int) -> String {
        #"{"video_id":"video_\#(EventMix.fiveDigits(number % 100_000))","title":"Five hooks","notes":""# + notes
    }

    /// The rest of it, which is the same in all.
    private static let notes =
        String(decoding: [UInt8](repeating: UInt8(ascii: "n"), count: payloadBytes - beginningBytes - 2), as: UTF8.self)
        + #""}"#
    private static let beginningBytes = #"{"video_id":"video_00000","title":"Five hooks","notes":""#.utf8.count

    static func event(_ number: Int, channels: [Identifier] = []) -> DomainEvent {
        DomainEvent(
            id: Identifier(unchecked: "event-\(number)"),
            type: type,
            payload: RawJSON(unchecked: payload(number).utf8),
            channels: channels,
            occurredAt: Timestamp.now()
        )
    }

    /// The member of a request's body.
    static func json(_ number: Int, channel: String? = nil) -> String {
        let channels = channel.map { #","channels":["\#($0)"]"# } ?? ""
        return #"{"id":"event-\#(number)","type":"\#(type)"\#(channels),"payload":\#(payload(number))}"#
    }
}
