/// A JSON Schema (draft 2020-12) that values are checked against.
///
/// The vocabularies Core, Applicator, Validation and Unevaluated are implemented as specified. What differs:
/// - References are followed only within the schema: `$ref` with `$id`, `$anchor` and `$defs`. `$dynamicRef` and
///   vocabularies of one's own are refused.
/// - `pattern` and `patternProperties` take regular expressions without look-around and back references.
/// - Unknown keywords are annotations, as the specification has it, but for `dependencies` and `$recursiveRef`: earlier
///   drafts gave them a meaning, so they are refused. `format` is an annotation too, unless `assertsFormats`.
/// - Numbers are compared by their exact values. For `multipleOf`, a double counts as the shortest decimal that reads
///   as it, so that 0.0075 is a multiple of 0.0001.
/// - A schema that applies itself to the same value without end is refused.
public struct JSONSchema: Sendable {
    /// As it was given.
    public let json: JSON
    let nodes: [JSONSchemaNode]
    /// Whether some schema asks what its neighbours have evaluated.
    let tracksEvaluation: Bool

    /// Reads a schema. With `assertsFormats`, texts must be of the `format` that a schema names, where it is one of
    /// `JSONSchema.assertedFormats`; other formats stay annotations.
    public init(_ json: JSON, assertsFormats: Bool = false) throws(JSONSchemaError) {
        let bytes = json.encoded().count
        guard bytes <= Self.maximumBytes else {
            throw .tooLarge(bytes: bytes, maximumBytes: Self.maximumBytes)
        }
        var compiler = JSONSchemaCompiler(try JSONSchemaDocument(json), assertsFormats: assertsFormats)
        try compiler.compile()
        self.json = json
        nodes = compiler.nodes
        tracksEvaluation = compiler.tracksEvaluation
    }

    /// The first places at which a value breaks the schema, at most `maximumViolations`; none where it is valid.
    ///
    /// A value whose check takes more than `maximumSteps` steps, or nests schemas deeper than `maximumDepth`, is
    /// invalid.
    public func validate(_ value: JSON) -> [Violation] {
        var evaluation = JSONSchemaEvaluation(self)
        return evaluation.violations(of: value)
    }

    /// Where a value breaks a schema, and how.
    public struct Violation: Error, Equatable, Sendable {
        /// The place in the value, as a JSON pointer (RFC 6901); empty for the value itself.
        public let pointer: String
        /// The keyword that is broken: `required`.
        public let keyword: String
        /// What is wrong and what is accepted, to be read after the place: `is a number; accepted is text`.
        public let problem: String

        public init(pointer: String, keyword: String, problem: String) {
            self.pointer = pointer
            self.keyword = keyword
            self.problem = problem
        }
    }

    /// The dialect that a schema may name in `$schema`; it is also that of a schema without one.
    public static let dialect = "https://json-schema.org/draft/2020-12/schema"
    /// Of the schema's text without white space.
    public static let maximumBytes = 65_536
    public static let maximumViolations = 20
    /// How deep schemas may apply further schemas while one value is checked: at least two for each level of a value, on
    /// a stack of 512 KiB.
    public static let maximumDepth = 160
    /// How many schemas, choices and steps of regular expressions are tried for one value.
    public static let maximumSteps = 2_000_000
    /// The formats that can be asserted (Validation section 7.3).
    public static var assertedFormats: [String] { JSONSchemaFormat.allCases.map(\.rawValue) }
}

extension JSONSchema.Violation: CustomStringConvertible {
    public var description: String { "\(pointer.isEmpty ? "the value" : pointer) \(problem)" }
}
