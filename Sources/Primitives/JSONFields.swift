/// The fields of an object in a request's body, read by name.
///
///     let body = try JSONField(JSON.parse(bytes)).object()
///     try body.allowOnly("id", "name", "variants", "split")
///     let name = try body.required("name").string()
///     let ends = try body.optional("ends")?.timestamp()
///     let variants = try body.required("variants").elements().map { try $0.identifier() }
///     for share in try body.required("split").object().all { try share.double(in: 0...1) }
public struct JSONFields: Sendable {
    public let object: JSONObject
    /// The path of the object; empty for the body itself.
    public let path: String

    public init(_ object: JSONObject, path: String = "") {
        self.object = object
        self.path = path
    }

    /// A field that must be there. Null is a value of its own kind, and so the wrong one for every reader.
    public func required(_ name: String) throws(FieldError) -> JSONField {
        guard let value = object[name] else { throw FieldError(field: path(of: name), problem: "is missing") }
        return JSONField(value, path: path(of: name))
    }

    /// A field that may be missing or null.
    public func optional(_ name: String) -> JSONField? {
        guard let value = object[name], !value.isNull else { return nil }
        return JSONField(value, path: path(of: name))
    }

    /// Whether the field is there, if only as null: for changes in which null means to remove.
    public func contains(_ name: String) -> Bool { object[name] != nil }

    /// Every field, in the body's order.
    public var all: [(name: String, field: JSONField)] {
        object.map { ($0.key, JSONField($0.value, path: path(of: $0.key))) }
    }

    /// Refuses fields with other names, so that a misspelt one is not silently without effect.
    public func allowOnly(_ names: String...) throws(FieldError) {
        for member in object where !names.contains(where: { $0.hasSameBytes(as: member.key) }) {
            throw FieldError(
                field: path(of: member.key),
                problem: "is an unknown field; accepted are \(names.joined(separator: ", "))"
            )
        }
    }

    /// `split.control`, or `split["a name"]` where the name would make the path unclear.
    private func path(of name: String) -> String {
        let isPlain =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "$"):
                    true
                default: false
                }
            }
        guard isPlain else { return "\(path)[\(JSON.string(name.shortened).text)]" }
        return path.isEmpty ? name.shortened : "\(path).\(name.shortened)"
    }
}
