/// What a payload must be like.
indirect enum JSONFilterCondition: Sendable {
    /// Members of an object, which refuse each for itself.
    case all([JSONFilterCondition])
    case comparison(JSONFilterPath, JSONFilterOperator)
    /// `$and`, `$or` and `$not` of a path.
    case any(JSONFilterPath, [JSONFilterCondition], operand: JSON)
    case not(JSONFilterPath, JSONFilterCondition, operand: JSON)

    func holds(for payload: JSON) -> Bool {
        switch self {
        case .all(let conditions): conditions.allSatisfy { $0.holds(for: payload) }
        case .comparison(let path, let comparison): comparison.holds(for: path.value(in: payload))
        case .any(_, let conditions, _): conditions.contains { $0.holds(for: payload) }
        case .not(_, let condition, _): !condition.holds(for: payload)
        }
    }

    func refusal(of payload: JSON) -> JSONFilter.Refusal? {
        if case .all(let conditions) = self {
            for condition in conditions {
                if let refusal = condition.refusal(of: payload) { return refusal }
            }
            return nil
        }
        guard !holds(for: payload) else { return nil }
        let (path, name, operand) = description
        return JSONFilter.Refusal(
            path: path.description,
            operator: name,
            expected: operand,
            found: path.value(in: payload)
        )
    }

    private var description: (path: JSONFilterPath, name: String, operand: JSON) {
        switch self {
        case .all: (JSONFilterPath(), "$and", [])
        case .comparison(let path, let comparison): (path, comparison.name, comparison.operand)
        case .any(let path, _, let operand): (path, "$or", operand)
        case .not(let path, _, let operand): (path, "$not", operand)
        }
    }
}

/// How a value is compared with an operand; `JSONFilter` says what each means.
enum JSONFilterOperator: Sendable {
    case equal(JSON)
    case notEqual(JSON)
    case greater(JSON)
    case greaterOrEqual(JSON)
    case less(JSON)
    case lessOrEqual(JSON)
    case oneOf([JSON])
    case exists(Bool)
    case startsWith(String)

    func holds(for value: JSON?) -> Bool {
        if case .exists(let exists) = self { return (value != nil) == exists }
        if case .notEqual(let operand) = self { return value.map { !Self.isEqual($0, operand) } ?? true }
        guard let value else { return false }
        return switch self {
        case .equal(let operand): Self.isEqual(value, operand)
        case .greater(let operand): operand.isLess(than: value) == true
        case .greaterOrEqual(let operand): value.isLess(than: operand) == false
        case .less(let operand): value.isLess(than: operand) == true
        case .lessOrEqual(let operand): operand.isLess(than: value) == false
        case .oneOf(let operands): operands.contains { Self.isEqual(value, $0) }
        case .startsWith(let prefix): value.string?.utf8.starts(with: prefix.utf8) ?? false
        case .exists, .notEqual: false
        }
    }

    private static func isEqual(_ value: JSON, _ operand: JSON) -> Bool {
        if value == operand { return true }
        guard case .array(let elements) = value else { return false }
        return elements.contains(operand)
    }

    var name: String {
        switch self {
        case .equal: "$eq"
        case .notEqual: "$ne"
        case .greater: "$gt"
        case .greaterOrEqual: "$gte"
        case .less: "$lt"
        case .lessOrEqual: "$lte"
        case .oneOf: "$in"
        case .exists: "$exists"
        case .startsWith: "$starts_with"
        }
    }

    var operand: JSON {
        switch self {
        case .equal(let operand), .notEqual(let operand), .greater(let operand), .greaterOrEqual(let operand),
            .less(let operand), .lessOrEqual(let operand):
            operand
        case .oneOf(let operands): .array(operands)
        case .exists(let exists): .bool(exists)
        case .startsWith(let prefix): .string(prefix)
        }
    }
}
