import HooklinePrimitives

/// What Standard Webhooks signs: `id.timestamp.body`.
struct SignedContent {
    private let head: [UInt8]
    private let body: UnsafeRawBufferPointer

    /// The texts as they stand in the headers. The body must outlive the value.
    init(id: String, timestamp: String, body: UnsafeRawBufferPointer) {
        head = Array("\(id).\(timestamp).".utf8)
        self.body = body
    }

    /// The HMAC, without a copy of the body.
    func code(by hash: KeyedHash) -> [UInt8] {
        head.withUnsafeBytes { hash.code(for: $0, body) }
    }

    /// In one piece, which ed25519 needs.
    func joined() -> [UInt8] { head + body }
}

/// What stands before a signature and its comma.
enum SignatureVersion: String {
    case hmac = "v1"
    case ed25519 = "v1a"
}

extension Timestamp {
    /// Whole seconds since 1970.
    var wholeSeconds: Int64 { milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000 }
}
