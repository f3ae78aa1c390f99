/// A schema as it is evaluated: its keywords, with further schemas as indices into `JSONSchema.nodes`.
struct JSONSchemaNode: Sendable {
    /// In the order of their evaluation: what asks for evaluated members and elements comes last.
    var keywords: [JSONSchemaKeyword] = []

    /// The schemas that are applied to the same value.
    var inPlace: [Int] { keywords.flatMap(\.inPlace) }
}

/// One keyword of a schema, or several that work together.
indirect enum JSONSchemaKeyword: Sendable {
    /// The schema `false`.
    case never
    case reference(Int)

    case types([JSONSchemaType])
    case constant(JSON)
    case choices([JSON])

    case minimum(JSON)
    case maximum(JSON)
    case exclusiveMinimum(JSON)
    case exclusiveMaximum(JSON)
    case multipleOf(JSONSchemaDecimal)
    case count(JSONSchemaCount, Int)
    case pattern(RegularExpression)
    case format(JSONSchemaFormat)
    case uniqueItems

    case items(prefix: [Int], others: Int?)
    case contains(Int, minimum: Int, maximum: Int?)
    case unevaluatedItems(Int)

    case required([String])
    case dependentRequired([(name: String, required: [String])])
    case properties(JSONSchemaProperties)
    case propertyNames(Int)
    case unevaluatedProperties(Int)

    case all([Int])
    case any([Int])
    case one([Int])
    case not(Int)
    case condition(Int, then: Int?, otherwise: Int?)
    case dependentSchemas([(name: String, schema: Int)])

    /// The schemas that are applied to the same value.
    var inPlace: [Int] {
        switch self {
        case .reference(let schema), .not(let schema): [schema]
        case .all(let schemas), .any(let schemas), .one(let schemas): schemas
        case .condition(let condition, let then, let otherwise): [condition, then, otherwise].compactMap { $0 }
        case .dependentSchemas(let schemas): schemas.map(\.schema)
        default: []
        }
    }

    var isLast: Bool {
        switch self {
        case .unevaluatedItems, .unevaluatedProperties: true
        default: false
        }
    }
}

/// `properties`, `patternProperties` and `additionalProperties`.
struct JSONSchemaProperties: Sendable {
    var named: [Identifier: Int] = [:]
    /// The names in the schema's order, for messages.
    var names: [String] = []
    var patterns: [(pattern: RegularExpression, schema: Int)] = []
    var others: Int?
}

/// The keywords that limit a number of things (Validation sections 6.3 to 6.5).
enum JSONSchemaCount: String, Sendable, CaseIterable {
    case minLength, maxLength, minItems, maxItems, minProperties, maxProperties

    var isMinimum: Bool {
        switch self {
        case .minLength, .minItems, .minProperties: true
        case .maxLength, .maxItems, .maxProperties: false
        }
    }
}

/// Validation section 6.1.1.
enum JSONSchemaType: String, Sendable, CaseIterable {
    case null, boolean, object, array, number, integer, string

    func accepts(_ value: JSON) -> Bool {
        switch (self, value) {
        case (.null, .null), (.boolean, .bool), (.object, .object), (.array, .array), (.string, .string): true
        case (.number, .integer), (.number, .number), (.integer, .integer): true
        // A number without a fraction is an integer, however it is written and however large it is.
        case (.integer, .number(let number)): number.rounded() == number
        default: false
        }
    }
}

extension JSONSchemaType: CustomStringConvertible {
    /// The word for messages, as in `JSONKind`.
    var description: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .object: "an object"
        case .array: "an array"
        case .number: "a number"
        case .integer: "a whole number"
        case .string: "text"
        }
    }
}
