import HooklinePrimitives

/// One event as it is sent: its bytes, verbatim but for an id where it had none.
struct EventLine: Sendable, Equatable {
    let bytes: [UInt8]
    /// Where it stands in the input: `line 17`.
    let place: String

    /// - Parameters:
    ///   - bytes: one JSON value. What is none is sent as it is: the server says what is wrong with it.
    ///   - newID: makes an id.
    init(_ bytes: some Collection<UInt8>, place: String, newID: () -> String) {
        self.place = place
        let bytes = Array(bytes)
        guard let brace = Self.placeForID(in: bytes) else {
            self.bytes = bytes
            return
        }
        let isEmpty = bytes[(brace + 1)...].first { $0 > 0x20 } == UInt8(ascii: "}")
        let member = "\"id\":\(JSON.string(newID()).text)\(isEmpty ? "" : ",")"
        self.bytes = bytes[...brace] + Array(member.utf8) + bytes[(brace + 1)...]
    }

    /// Where the opening brace is, of an object without an `id` or with one that is null; nil for anything else.
    private static func placeForID(in bytes: [UInt8]) -> Int? {
        guard let brace = bytes.firstIndex(where: { $0 > 0x20 }), bytes[brace] == UInt8(ascii: "{") else { return nil }
        return bytes.withUnsafeBytes { buffer in
            var scanner = JSONScanner(buffer)
            do {
                try scanner.beginObject()
                while let key = try scanner.nextKey() {
                    // A null id cannot be replaced by adding another one; such an event keeps it, and has none.
                    if key == "id" { return nil }
                }
                return brace
            } catch {
                return nil
            }
        }
    }
}

/// Ids for events that have none, different in every run.
struct EventIDs {
    private let prefix: String
    private var count = 0

    /// - Parameter generator: the system's, unless a test needs to know the ids.
    init(using generator: inout some RandomNumberGenerator) {
        let random = generator.next() as UInt64
        prefix = "cli-\(String(random, radix: 36))-\(String((generator.next() as UInt64) >> 32, radix: 36))"
    }

    mutating func next() -> String {
        count += 1
        return "\(prefix)-\(count)"
    }
}
