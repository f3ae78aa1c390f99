/// A schema as it was written, with the places that references can lead to (Core sections 8.2 and 9.2).
struct JSONSchemaDocument {
    /// A schema in the document.
    struct Place {
        let json: JSON
        /// Of the schema itself, as its own `$id` has changed it.
        let base: JSONSchemaURI
    }

    /// The schemas by their JSON pointers.
    private(set) var places: [Identifier: Place] = [:]
    /// The pointers of the schemas that have an identifier of their own, and of the root, by URIs without fragment.
    private var resources: [Identifier: String] = [:]
    /// The pointers of the schemas that have an anchor, by URIs.
    private var anchors: [Identifier: String] = [:]
    private let root: JSON

    init(_ root: JSON) throws(JSONSchemaError) {
        self.root = root
        resources[Identifier(unchecked: "")] = ""
        try add(root, at: "", base: JSONSchemaURI(""), depth: 0)
    }

    func place(at pointer: String) -> Place? { places[Identifier(unchecked: pointer)] }

    /// Adds a schema and all in it.
    private mutating func add(
        _ json: JSON,
        at pointer: String,
        base: JSONSchemaURI,
        depth: Int
    ) throws(JSONSchemaError) {
        guard depth <= Self.maximumDepth else {
            throw .invalid(pointer: pointer, problem: "is nested deeper than \(Self.maximumDepth) levels")
        }
        guard let object = json.object else {
            guard json.bool != nil else { throw .mismatch(pointer, json, "a schema: an object, true or false") }
            places[Identifier(unchecked: pointer)] = Place(json: json, base: base)
            return
        }
        let base = try identify(object, at: pointer, base: base)
        places[Identifier(unchecked: pointer)] = Place(json: json, base: base)
        for member in object {
            let inner = "\(pointer)/\(member.key.pointerToken)"
            switch Identifier(unchecked: member.key) {
            case "items" where member.value.array != nil:
                throw .mismatch(inner, member.value, "a schema; for a list of them there is prefixItems")
            case let keyword where Self.schemaKeywords.contains(keyword):
                try add(member.value, at: inner, base: base, depth: depth + 1)
            case let keyword where Self.listKeywords.contains(keyword):
                for (index, element) in (member.value.array ?? []).enumerated() {
                    try add(element, at: "\(inner)/\(index)", base: base, depth: depth + 1)
                }
            case let keyword where Self.mapKeywords.contains(keyword):
                for element in member.value.object ?? [:] {
                    try add(element.value, at: "\(inner)/\(element.key.pointerToken)", base: base, depth: depth + 1)
                }
            default: break
            }
        }
    }

    /// Reads `$id` and the anchors; the answer is the schema's base.
    private mutating func identify(
        _ object: JSONObject,
        at pointer: String,
        base: JSONSchemaURI
    ) throws(JSONSchemaError) -> JSONSchemaURI {
        var base = base
        if let id = object["$id"] {
            let place = pointer + "/$id"
            guard let text = id.string else { throw .mismatch(place, id, "a URI as text") }
            let uri = JSONSchemaURI(text).resolved(against: base)
            guard uri.fragment?.isEmpty ?? true else {
                throw .invalid(pointer: place, problem: "is \(text.quoted); accepted is a URI without a fragment")
            }
            base = uri
            base.fragment = nil
            let name = Identifier(unchecked: base.absolute)
            guard resources[name] == nil || pointer.isEmpty else {
                throw .invalid(pointer: place, problem: "is \(text.quoted), which another schema is named already")
            }
            resources[name] = pointer
        }
        for keyword in ["$anchor", "$dynamicAnchor"] {
            guard let anchor = object[keyword] else { continue }
            guard let text = anchor.string, Self.isAnchor(text) else {
                throw .invalid(
                    pointer: "\(pointer)/\(keyword)",
                    problem: "is \(anchor.shown); accepted is a letter or '_', then letters, digits, '-', '_' and '.'"
                )
            }
            let name = Identifier(unchecked: "\(base.absolute)#\(text)")
            guard anchors[name] == nil || anchors[name] == pointer else {
                throw .invalid(pointer: "\(pointer)/\(keyword)", problem: "is \(text.quoted), which occurs twice")
            }
            anchors[name] = pointer
        }
        return base
    }

    /// Core section 8.2.2.
    private static func isAnchor(_ text: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_") }
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy { byte in
            isLetter(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
    }

    /// The pointer of the schema that a `$ref` names, which is a schema in `places` afterwards.
    mutating func resolve(
        _ reference: String,
        base: JSONSchemaURI,
        at pointer: String
    ) throws(JSONSchemaError) -> String {
        let uri = JSONSchemaURI(reference).resolved(against: base)
        guard let resource = resources[Identifier(unchecked: uri.absolute)] else {
            throw .unsupported(
                pointer: pointer,
                problem: "is \(reference.quoted), which is not in this schema; accepted are references within it"
            )
        }
        let missing = JSONSchemaError.invalid(
            pointer: pointer,
            problem: "is \(reference.quoted), where there is no schema"
        )
        guard let fragment = uri.decodedFragment else { throw missing }
        if fragment.isEmpty { return resource }
        if fragment.utf8.first == UInt8(ascii: "/") {
            guard let target = try walk(fragment, from: resource) else { throw missing }
            return target
        }
        guard let target = anchors[Identifier(unchecked: "\(uri.absolute)#\(fragment)")] else { throw missing }
        return target
    }

    /// Follows a JSON pointer from a schema. What it leads to need not lie where the specification has schemas.
    private mutating func walk(_ path: String, from resource: String) throws(JSONSchemaError) -> String? {
        guard var place = place(at: resource) else { return nil }
        var (pointer, json) = (resource, place.json)
        for token in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard let key = String(token).pointerKey else { return nil }
            if json.object != nil {
                guard let value = json[key] else { return nil }
                json = value
            } else {
                guard let index = Int(key), "\(index)" == key, let element = json[index] else { return nil }
                json = element
            }
            pointer += "/\(key.pointerToken)"
            if let known = self.place(at: pointer) { place = known }
        }
        guard json.object != nil || json.bool != nil else { return nil }
        if self.place(at: pointer) == nil { try add(json, at: pointer, base: place.base, depth: 0) }
        return pointer
    }

    static let maximumDepth = JSONScanner.deepest
    static let schemaKeywords: Set<Identifier> = [
        "items", "contains", "additionalProperties", "propertyNames", "if", "then", "else", "not", "unevaluatedItems",
        "unevaluatedProperties", "contentSchema",
    ]
    static let listKeywords: Set<Identifier> = ["allOf", "anyOf", "oneOf", "prefixItems"]
    static let mapKeywords: Set<Identifier> = ["$defs", "properties", "patternProperties", "dependentSchemas"]
}

extension JSONSchemaError {
    /// A value of the wrong kind.
    static func mismatch(_ pointer: String, _ value: JSON, _ expected: String) -> JSONSchemaError {
        .invalid(pointer: pointer, problem: "is \(value.kind?.description ?? "raw JSON"); accepted is \(expected)")
    }
}

extension JSON {
    /// The value for a message: a container, which can be large, only by its kind.
    var shown: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): value.quoted
        case .array, .object: kind?.description ?? ""
        case .raw: "raw JSON"
        }
    }
}

extension String {
    /// A key as a token of a JSON pointer (RFC 6901 section 3).
    var pointerToken: String {
        guard utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return self }
        var token = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "~": token += "~0"
            case "/": token += "~1"
            default: token.unicodeScalars.append(scalar)
            }
        }
        return token
    }

    /// The key that a token of a JSON pointer stands for; nil where a `~` is followed by neither 0 nor 1.
    var pointerKey: String? {
        guard utf8.contains(UInt8(ascii: "~")) else { return self }
        var key = ""
        var scalars = unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "~" else {
                key.unicodeScalars.append(scalar)
                continue
            }
            switch scalars.next() {
            case "0": key += "~"
            case "1": key += "/"
            default: return nil
            }
        }
        return key
    }
}
