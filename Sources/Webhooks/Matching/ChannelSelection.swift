public import HooklinePrimitives

/// The channels that a subscription listens to, as in Svix: with none it gets every event, otherwise those that carry
/// at least one of its channels. An event without channels reaches only subscriptions without channels.
public struct ChannelSelection: Sendable, Equatable {
    /// As they were given; empty takes every event.
    public let channels: [Identifier]
    private let names: Set<Identifier>

    /// Reads an array of channels from a request's body: at most `maximumChannels`, none twice. Without a field, and
    /// with an empty array, every event is taken.
    public init(_ field: JSONField?) throws(FieldError) {
        channels =
            try field.map { field throws(FieldError) in
                try Self.read(field, maximumCount: Self.maximumChannels)
            } ?? []
        names = Set(channels)
    }

    private init() {
        (channels, names) = ([], [])
    }

    /// Every event.
    public static let all = ChannelSelection()

    /// Whether an event that carries these channels is taken.
    public func matches(_ eventChannels: [Identifier]) -> Bool {
        names.isEmpty || eventChannels.contains { names.contains($0) }
    }

    /// Reads the channels that an event carries: at most `maximumChannelsPerEvent`, none twice.
    public static func readOfEvent(_ field: JSONField) throws(FieldError) -> [Identifier] {
        try read(field, maximumCount: maximumChannelsPerEvent)
    }

    private static func read(_ field: JSONField, maximumCount: Int) throws(FieldError) -> [Identifier] {
        var names: [Identifier] = []
        for element in try field.elements(maximumCount: maximumCount) {
            let text = try element.string()
            guard (1...maximumNameBytes).contains(text.utf8.count), text.utf8.allSatisfy(isNameByte) else {
                throw element.error(
                    "is \(text.inMessage); accepted are 1 to \(maximumNameBytes) letters, digits, '_', '.', ':' and '-'"
                )
            }
            let name = Identifier(unchecked: text)
            guard !names.contains(name) else { throw element.error("is '\(name)', which occurs twice") }
            names.append(name)
        }
        return names
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || "_.:-".utf8.contains(byte)
    }

    /// The array that `init` reads.
    public var json: JSON { .array(channels.map { JSON($0) }) }

    /// Of a subscription.
    public static let maximumChannels = 10
    public static let maximumChannelsPerEvent = 5
    public static let maximumNameBytes = 128
}
