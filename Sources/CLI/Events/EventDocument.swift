import HooklinePrimitives

/// Events that stand in one JSON document.
struct EventDocument: Sendable {
    /// Each as it stands there.
    private(set) var events: [[UInt8]] = []
    /// When the sender's clock had them sent; goes with every batch.
    private(set) var sentAt: String?

    /// A longer document would be held in memory whole; NDJSON is not.
    static let maximumBytes = 64 * 1024 * 1024

    /// - Throws: `ClientError.unusable` for what is no JSON.
    init(_ bytes: [UInt8], name: String) throws(ClientError) {
        do {
            try bytes.withUnsafeBytes { try read($0) }
        } catch {
            throw .unusable("\(name) is no JSON \(error)")
        }
    }

    private mutating func read(_ bytes: UnsafeRawBufferPointer) throws {
        var scanner = JSONScanner(bytes)
        guard try scanner.peek() == .object else {
            if try scanner.peek() == .array { try readArray(&scanner, bytes) } else { try readSingle(&scanner, bytes) }
            return try scanner.finish()
        }
        var members = JSONScanner(bytes)
        try members.beginObject()
        var isEnvelope = false
        while let key = try members.nextKey() {
            switch key {
            case "events":
                guard try members.peek() == .array else { break }
                isEnvelope = true
                try readArray(&members, bytes)
            case "sent_at":
                if try members.peek() == .string { sentAt = try members.readString() }
            default: break
            }
        }
        try members.finish()
        if !isEnvelope {
            sentAt = nil
            try readSingle(&scanner, bytes)
        }
    }

    private mutating func readArray(_ scanner: inout JSONScanner, _ bytes: UnsafeRawBufferPointer) throws {
        try scanner.beginArray()
        while try scanner.nextElement() { try readSingle(&scanner, bytes) }
    }

    private mutating func readSingle(_ scanner: inout JSONScanner, _ bytes: UnsafeRawBufferPointer) throws {
        events.append(Array(bytes[try scanner.skipValue()]))
    }

    // MARK: - Which kind of input it is

    /// Whether an input that begins so has an event a line: its first line is an object of its own, which is no envelope
    /// of others.
    static func looksLikeLines(_ start: [UInt8]) -> Bool {
        guard let first = start.firstIndex(where: { $0 > 0x20 }), start[first] == UInt8(ascii: "{") else {
            return false
        }
        let line = start[first...].prefix { $0 != UInt8(ascii: "\n") }
        // A line that goes on beyond the first chunk is no event that is accepted, and neither is a document's first.
        guard let object = (try? JSON.parse(line))?.object else {
            return line.count > 1 && line.endIndex < start.endIndex
        }
        return object["events"]?.array == nil
    }

    /// The whole input, whose first bytes were read.
    static func rest(of source: InputFile, after first: [UInt8]) throws(ClientError) -> [UInt8] {
        var bytes = first
        while case let more = try source.read(), !more.isEmpty {
            bytes += more
            guard bytes.count <= maximumBytes else {
                throw .unusable(
                    "\(source.name) is longer than \(maximumBytes) bytes, the most that a JSON document may have; NDJSON may"
                        + " have any length"
                )
            }
        }
        return bytes
    }
}
