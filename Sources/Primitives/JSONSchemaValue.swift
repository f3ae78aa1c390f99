/// The value of a keyword that knows its place, so that errors can name it.
struct JSONSchemaValue {
    let json: JSON
    let pointer: String

    init(_ json: JSON, at pointer: String) {
        self.json = json
        self.pointer = pointer
    }

    /// Another keyword of the same schema.
    func sibling(_ name: String, _ json: JSON = .null) -> JSONSchemaValue {
        let parent = pointer.utf8.lastIndex(of: UInt8(ascii: "/")).map { pointer[..<$0] } ?? ""
        return JSONSchemaValue(json, at: "\(parent)/\(name)")
    }

    func string() throws(JSONSchemaError) -> String {
        guard let text = json.string else { throw .mismatch(pointer, json, "text") }
        return text
    }

    func bool() throws(JSONSchemaError) -> Bool {
        guard let flag = json.bool else { throw .mismatch(pointer, json, "true or false") }
        return flag
    }

    func number() throws(JSONSchemaError) -> JSON {
        guard json.kind == .number else { throw .mismatch(pointer, json, "a number") }
        return json
    }

    /// A number of things.
    func count() throws(JSONSchemaError) -> Int {
        guard let whole = try number().integer, whole >= 0, let count = Int(exactly: whole) else {
            throw .invalid(pointer: pointer, problem: "is \(json.shown); accepted is a whole number of at least 0")
        }
        return count
    }

    func divisor() throws(JSONSchemaError) -> JSONSchemaDecimal {
        guard let divisor = JSONSchemaDecimal(try number()), JSON.integer(0).isLess(than: json) == true else {
            throw .invalid(pointer: pointer, problem: "is \(json.shown); accepted is a number above 0")
        }
        return divisor
    }

    func pattern() throws(JSONSchemaError) -> RegularExpression {
        let source = try string()
        do {
            return try RegularExpression(source)
        } catch {
            throw .unsupported(pointer: pointer, problem: "is \(source.quoted), which \(error.text)")
        }
    }

    func elements(_ expected: String) throws(JSONSchemaError) -> [JSONSchemaValue] {
        guard let array = json.array else { throw .mismatch(pointer, json, expected) }
        return array.enumerated().map { JSONSchemaValue($1, at: "\(pointer)/\($0)") }
    }

    func members() throws(JSONSchemaError) -> [(name: String, value: JSONSchemaValue)] {
        guard let object = json.object else { throw .mismatch(pointer, json, "an object") }
        return object.map { ($0.key, JSONSchemaValue($0.value, at: "\(pointer)/\($0.key.pointerToken)")) }
    }

    /// Names that differ.
    func strings() throws(JSONSchemaError) -> [String] {
        var seen: Set<Identifier> = []
        var names: [String] = []
        for element in try elements("an array of texts") {
            let name = try element.string()
            guard seen.insert(Identifier(unchecked: name)).inserted else {
                throw .invalid(pointer: element.pointer, problem: "is \(name.quoted), which occurs twice")
            }
            names.append(name)
        }
        return names
    }

    /// One type, or some that differ.
    func types() throws(JSONSchemaError) -> [JSONSchemaType] {
        let values = json.array == nil ? [self] : try elements("text")
        var types: [JSONSchemaType] = []
        for value in values {
            let name = try value.string()
            guard let type = JSONSchemaType(rawValue: name), !types.contains(type) else {
                let accepted = JSONSchemaType.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
                throw .invalid(
                    pointer: value.pointer,
                    problem: "is \(name.quoted); accepted are \(accepted), each once"
                )
            }
            types.append(type)
        }
        guard !types.isEmpty else {
            throw .invalid(pointer: pointer, problem: "is empty; accepted is an array of at least one type")
        }
        return types
    }
}
