import HooklinePrimitives
import Hummingbird

/// An object of a request's body, some of whose members are kept as they were sent, byte by byte.
struct DocumentBody {
    let fields: JSONFields
    private let bytes: ByteBuffer

    /// Reads the body of a request.
    ///
    /// - Throws: as `Request.json` does, and `FieldError` where the body is no object.
    init(_ request: Request) async throws {
        _ = try request.bodyKind()
        bytes = try await request.collectedBody()
        guard bytes.readableBytes > 0 else { throw BodyError.missing }
        fields = try JSONField(JSON.parse(bytes.readableBytesView)).object()
    }

    /// A member verbatim; nil where it is missing or null.
    ///
    /// - Throws: `FieldError` where it is longer than is accepted.
    func verbatim(_ name: String, maximumBytes: Int) throws -> RawJSON? {
        guard let field = fields.optional(name) else { return nil }
        let found = try bytes.withUnsafeReadableBytes { bytes -> RawJSON? in
            var scanner = JSONScanner(bytes)
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                guard key.utf8.elementsEqual(name.utf8) else { continue }
                return RawJSON(unchecked: scanner.text(in: try scanner.skipValue()).utf8)
            }
            return nil
        }
        guard let found, found.bytes.count > maximumBytes else { return found }
        throw field.error("is \(found.bytes.count) bytes long; accepted are at most \(maximumBytes)")
    }
}

extension JSONFields {
    /// Refuses fields with other names, so that a misspelt one is not silently without effect.
    func allowOnly(oneOf names: [String]) throws(FieldError) {
        for (name, field) in all where !names.contains(where: { $0.utf8.elementsEqual(name.utf8) }) {
            throw field.error("is an unknown field; accepted are \(names.joined(separator: ", "))")
        }
    }
}
