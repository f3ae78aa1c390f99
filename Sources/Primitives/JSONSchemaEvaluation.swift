/// The check of one value: where it is, what was found, and what it may still cost.
struct JSONSchemaEvaluation {
    private let nodes: [JSONSchemaNode]
    let tracksEvaluation: Bool
    private var violations: [JSONSchema.Violation] = []
    /// The tokens of the pointer to the value that is looked at.
    private var path: [String] = []
    private var depth = 0
    var steps = JSONSchema.maximumSteps
    private var isTooDeep = false
    /// Whether nobody asks why a schema fails, as inside of `not` and of `anyOf`.
    private var isSilent = false

    init(_ schema: JSONSchema) {
        nodes = schema.nodes
        tracksEvaluation = schema.tracksEvaluation
    }

    mutating func violations(of value: JSON) -> [JSONSchema.Violation] {
        var evaluated = JSONSchemaEvaluated()
        _ = check(value, 0, &evaluated)
        // What was found before may follow from giving up, under a `not`.
        if isTooDeep {
            violations = [violation("", "nests schemas deeper than \(JSONSchema.maximumDepth) levels")]
        } else if steps <= 0 {
            violations = [violation("", "takes more than \(JSONSchema.maximumSteps) steps to check")]
        }
        return violations
    }

    /// Whether the check goes on: nothing was given up, and nobody waits for a result that is known.
    private var isOver: Bool { isTooDeep || steps <= 0 }

    /// Applies a schema to a value. Where the value is valid, what the schema has evaluated of it is added.
    mutating func check(_ value: JSON, _ index: Int, _ evaluated: inout JSONSchemaEvaluated) -> Bool {
        steps -= 1
        guard !isOver else { return false }
        guard depth < JSONSchema.maximumDepth else {
            isTooDeep = true
            return false
        }
        depth += 1
        defer { depth -= 1 }
        var isValid = true
        var own = JSONSchemaEvaluated()
        for keyword in nodes[index].keywords {
            // What a failed neighbour would have evaluated is unknown, and not worth a violation.
            if keyword.isLast, !isValid { break }
            if !apply(keyword, to: value, &own) { isValid = false }
            if !isValid, isSilent || isOver || violations.count >= JSONSchema.maximumViolations { return false }
        }
        if isValid, tracksEvaluation { evaluated.formUnion(own) }
        return isValid
    }

    private mutating func apply(
        _ keyword: JSONSchemaKeyword,
        to value: JSON,
        _ evaluated: inout JSONSchemaEvaluated
    ) -> Bool {
        switch keyword {
        case .never: return fail("false", "is not accepted here")
        case .reference(let schema): return check(value, schema, &evaluated)
        case .types, .constant, .choices, .minimum, .maximum, .exclusiveMinimum, .exclusiveMaximum, .multipleOf,
            .count, .pattern, .format, .uniqueItems, .required, .dependentRequired:
            return assert(keyword, of: value)
        case .items, .contains, .unevaluatedItems:
            guard let array = value.array else { return true }
            return checkElements(keyword, of: array, &evaluated)
        case .properties, .propertyNames, .unevaluatedProperties:
            guard let object = value.object else { return true }
            return checkMembers(keyword, of: object, &evaluated)
        case .all, .any, .one, .not, .condition, .dependentSchemas:
            return combine(keyword, of: value, &evaluated)
        }
    }

    // MARK: - Violations

    /// Notes a violation, unless nobody asks; answers false.
    mutating func fail(_ keyword: String, _ problem: @autoclosure () -> String) -> Bool {
        if !isSilent, violations.count < JSONSchema.maximumViolations {
            violations.append(violation(keyword, problem()))
        }
        return false
    }

    private func violation(_ keyword: String, _ problem: String) -> JSONSchema.Violation {
        let pointer = path.map { "/\($0.pointerToken)" }.joined()
        return JSONSchema.Violation(pointer: pointer, keyword: keyword, problem: problem)
    }

    /// Does something one level further down in the value.
    mutating func within(_ token: String, _ body: (inout JSONSchemaEvaluation) -> Bool) -> Bool {
        path.append(token)
        defer { path.removeLast() }
        return body(&self)
    }

    /// Applies a schema to a value, and tells nobody why it fails.
    mutating func checkSilently(_ value: JSON, _ index: Int, _ evaluated: inout JSONSchemaEvaluated) -> Bool {
        let wasSilent = isSilent
        isSilent = true
        defer { isSilent = wasSilent }
        return check(value, index, &evaluated)
    }

    /// Applies a schema to an element or a member, whose own evaluation is nobody else's.
    mutating func check(_ value: JSON, _ index: Int, at token: String) -> Bool {
        within(token) { evaluation in
            var inner = JSONSchemaEvaluated()
            return evaluation.check(value, index, &inner)
        }
    }

    /// Whether a schema is `false`, for which its keyword has the better words.
    func isNever(_ index: Int) -> Bool {
        guard nodes[index].keywords.count == 1, case .never = nodes[index].keywords[0] else { return false }
        return true
    }
}

/// The members and elements of a value that some schema was applied to, by their positions.
struct JSONSchemaEvaluated {
    var members: Set<Int> = []
    var elements: Set<Int> = []

    mutating func formUnion(_ other: JSONSchemaEvaluated) {
        members.formUnion(other.members)
        elements.formUnion(other.elements)
    }
}
