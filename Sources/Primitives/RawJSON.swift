/// The bytes of one JSON value, kept verbatim.
public struct RawJSON: Sendable, Equatable {
    public let bytes: [UInt8]

    /// Accepts one valid value; white space around it is dropped.
    public init(_ bytes: [UInt8], maximumDepth: Int = JSONScanner.deepest) throws(JSONError) {
        let range = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) -> Range<Int> in
            var scanner = JSONScanner(buffer, maximumDepth: maximumDepth)
            let range = try scanner.skipValue()
            try scanner.finish()
            return range
        }
        self.bytes = range.count == bytes.count ? bytes : Array(bytes[range])
    }

    /// Takes bytes that were validated before, such as what the database returns.
    public init(unchecked bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
