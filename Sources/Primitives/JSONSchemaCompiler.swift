/// Makes the nodes of a schema, each place of the document once.
struct JSONSchemaCompiler {
    private var document: JSONSchemaDocument
    private let assertsFormats: Bool
    private(set) var nodes: [JSONSchemaNode] = []
    private(set) var tracksEvaluation = false
    /// The nodes' places, in their order.
    private var pointers: [String] = []
    private var indices: [Identifier: Int] = [:]

    init(_ document: JSONSchemaDocument, assertsFormats: Bool) {
        self.document = document
        self.assertsFormats = assertsFormats
    }

    mutating func compile() throws(JSONSchemaError) {
        _ = index(of: "")
        // Definitions that nothing refers to must be right too.
        for pointer in document.places.keys.sorted() { _ = index(of: pointer.text) }
        while nodes.count < pointers.count { nodes.append(try node(at: pointers[nodes.count])) }
        try refuseLoops()
    }

    /// The node of a place; it is made later.
    private mutating func index(of pointer: String) -> Int {
        if let index = indices[Identifier(unchecked: pointer)] { return index }
        indices[Identifier(unchecked: pointer)] = pointers.count
        pointers.append(pointer)
        return pointers.count - 1
    }

    private mutating func node(at pointer: String) throws(JSONSchemaError) -> JSONSchemaNode {
        guard let place = document.place(at: pointer) else {
            throw .invalid(pointer: pointer, problem: "is no schema; accepted are an object, true and false")
        }
        var node = JSONSchemaNode()
        guard let object = place.json.object else {
            if place.json.bool == false { node.keywords = [.never] }
            return node
        }
        for member in object {
            let value = JSONSchemaValue(member.value, at: "\(pointer)/\(member.key.pointerToken)")
            if let keyword = try keyword(member.key, value, of: object, base: place.base) {
                node.keywords.append(keyword)
            }
        }
        // The members' order means nothing: properties are looked at once, by the first of their keywords.
        if let properties = try properties(of: object, at: pointer) { node.keywords.append(.properties(properties)) }
        node.keywords = node.keywords.filter { !$0.isLast } + node.keywords.filter(\.isLast)
        tracksEvaluation = tracksEvaluation || node.keywords.contains(where: \.isLast)
        return node
    }

    /// Refuses schemas that apply themselves to the same value (Core section 9.4.1).
    private func refuseLoops() throws(JSONSchemaError) {
        enum Color { case new, open, done }
        var colors = Array(repeating: Color.new, count: nodes.count)
        for start in nodes.indices where colors[start] == .new {
            var path = [(node: start, next: nodes[start].inPlace[...])]
            colors[start] = .open
            while let last = path.indices.last {
                guard let target = path[last].next.popFirst() else {
                    colors[path.removeLast().node] = .done
                    continue
                }
                switch colors[target] {
                case .done: break
                case .open:
                    throw .invalid(pointer: pointers[target], problem: "applies itself to the same value without end")
                case .new:
                    colors[target] = .open
                    path.append((target, nodes[target].inPlace[...]))
                }
            }
        }
    }
}

// MARK: - Keywords

extension JSONSchemaCompiler {
    /// Nil for what needs no evaluation of its own: annotations, and keywords that work together with another.
    private mutating func keyword(
        _ name: String,
        _ value: JSONSchemaValue,
        of object: JSONObject,
        base: JSONSchemaURI
    ) throws(JSONSchemaError) -> JSONSchemaKeyword? {
        if let keyword = try reference(name, value, base: base) { return keyword }
        if let keyword = try assertion(name, value) { return keyword }
        if let keyword = try arrays(name, value, of: object) { return keyword }
        if let keyword = try objects(name, value) { return keyword }
        return try logic(name, value, of: object)
    }

    private mutating func reference(
        _ name: String,
        _ value: JSONSchemaValue,
        base: JSONSchemaURI
    ) throws(JSONSchemaError) -> JSONSchemaKeyword? {
        switch name {
        case "$ref":
            let target = try document.resolve(value.string(), base: base, at: value.pointer)
            return .reference(index(of: target))
        case "$dynamicRef":
            throw .unsupported(pointer: value.pointer, problem: "is not supported; use $ref")
        case "dependencies", "$recursiveRef":
            // They would be annotations in this draft, which nobody means who writes them.
            let replacement = name == "dependencies" ? "dependentRequired and dependentSchemas" : "$ref"
            throw .unsupported(pointer: value.pointer, problem: "is of an older draft; use \(replacement)")
        case "$schema":
            let dialect = try value.string()
            guard dialect == JSONSchema.dialect || dialect == JSONSchema.dialect + "#" else {
                throw .unsupported(
                    pointer: value.pointer,
                    problem: "is \(dialect.quoted); accepted is '\(JSONSchema.dialect)'"
                )
            }
            return nil
        default: return nil
        }
    }

    private func assertion(
        _ name: String,
        _ value: JSONSchemaValue
    ) throws(JSONSchemaError) -> JSONSchemaKeyword? {
        if let count = JSONSchemaCount(rawValue: name) { return .count(count, try value.count()) }
        switch name {
        case "type": return .types(try value.types())
        case "const": return .constant(value.json)
        case "enum": return .choices(try value.elements("an array").map(\.json))
        case "minimum": return .minimum(try value.number())
        case "maximum": return .maximum(try value.number())
        case "exclusiveMinimum": return .exclusiveMinimum(try value.number())
        case "exclusiveMaximum": return .exclusiveMaximum(try value.number())
        case "multipleOf": return .multipleOf(try value.divisor())
        case "pattern": return .pattern(try value.pattern())
        case "format":
            let format = JSONSchemaFormat(rawValue: try value.string())
            return assertsFormats ? format.map { .format($0) } : nil
        case "uniqueItems": return try value.bool() ? .uniqueItems : nil
        case "required": return .required(try value.strings())
        case "dependentRequired":
            var dependencies: [(name: String, required: [String])] = []
            for (name, value) in try value.members() { dependencies.append((name, try value.strings())) }
            return .dependentRequired(dependencies)
        default: return nil
        }
    }

    private mutating func arrays(
        _ name: String,
        _ value: JSONSchemaValue,
        of object: JSONObject
    ) throws(JSONSchemaError) -> JSONSchemaKeyword? {
        switch name {
        case "items":
            guard object["prefixItems"] == nil else {
                _ = index(of: value.pointer)
                return nil
            }
            return .items(prefix: [], others: index(of: value.pointer))
        case "prefixItems":
            let others = object["items"].map { _ in index(of: value.sibling("items").pointer) }
            return .items(prefix: try schemas(value), others: others)
        case "contains":
            let (minimum, maximum) = (object["minContains"], object["maxContains"])
            return .contains(
                index(of: value.pointer),
                minimum: try minimum.map { json throws(JSONSchemaError) in
                    try value.sibling("minContains", json).count()
                } ?? 1,
                maximum: try maximum.map { json throws(JSONSchemaError) in
                    try value.sibling("maxContains", json).count()
                }
            )
        case "minContains", "maxContains":
            _ = try value.count()
            return nil
        case "unevaluatedItems": return .unevaluatedItems(index(of: value.pointer))
        default: return nil
        }
    }

    private mutating func objects(
        _ name: String,
        _ value: JSONSchemaValue
    ) throws(JSONSchemaError) -> JSONSchemaKeyword? {
        switch name {
        case "propertyNames": return .propertyNames(index(of: value.pointer))
        case "unevaluatedProperties": return .unevaluatedProperties(index(of: value.pointer))
        case "dependentSchemas":
            return .dependentSchemas(try value.members().map { ($0.name, index(of: $0.value.pointer)) })
        case "$defs":
            _ = try value.members()
            return nil
        default: return nil
        }
    }

    private mutating func properties(
        of object: JSONObject,
        at pointer: String
    ) throws(JSONSchemaError) -> JSONSchemaProperties? {
        var properties = JSONSchemaProperties()
        var isEmpty = true
        if let named = object["properties"] {
            isEmpty = false
            for (name, value) in try JSONSchemaValue(named, at: pointer + "/properties").members() {
                properties.names.append(name)
                properties.named[Identifier(unchecked: name)] = index(of: value.pointer)
            }
        }
        if let patterns = object["patternProperties"] {
            isEmpty = false
            for (source, value) in try JSONSchemaValue(patterns, at: pointer + "/patternProperties").members() {
                let pattern = try JSONSchemaValue(.string(source), at: value.pointer).pattern()
                properties.patterns.append((pattern, index(of: value.pointer)))
            }
        }
        if object["additionalProperties"] != nil {
            isEmpty = false
            properties.others = index(of: pointer + "/additionalProperties")
        }
        return isEmpty ? nil : properties
    }

    private mutating func logic(
        _ name: String,
        _ value: JSONSchemaValue,
        of object: JSONObject
    ) throws(JSONSchemaError) -> JSONSchemaKeyword? {
        switch name {
        case "allOf": return .all(try schemas(value))
        case "anyOf": return .any(try schemas(value))
        case "oneOf": return .one(try schemas(value))
        case "not": return .not(index(of: value.pointer))
        case "if":
            let then = object["then"].map { _ in index(of: value.sibling("then").pointer) }
            let otherwise = object["else"].map { _ in index(of: value.sibling("else").pointer) }
            return .condition(index(of: value.pointer), then: then, otherwise: otherwise)
        case "then", "else", "contentSchema":
            _ = index(of: value.pointer)
            return nil
        default: return nil
        }
    }

    private mutating func schemas(_ value: JSONSchemaValue) throws(JSONSchemaError) -> [Int] {
        let elements = try value.elements("an array of schemas")
        guard !elements.isEmpty else {
            throw .invalid(pointer: value.pointer, problem: "is empty; accepted is an array of at least one schema")
        }
        return elements.map { index(of: $0.pointer) }
    }
}
