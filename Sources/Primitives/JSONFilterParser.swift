/// Reads the JSON of a `JSONFilter`.
struct JSONFilterParser {
    private var clauses = 0
    private var depth = 0

    /// The members of an object of paths and logical operators, or of operators of the path that leads to it.
    mutating func members(of object: JSONFields, at path: JSONFilterPath) throws(FieldError) -> [JSONFilterCondition] {
        depth += 1
        defer { depth -= 1 }
        guard depth <= JSONFilter.maximumDepth else {
            throw FieldError(
                field: object.path,
                problem: "is nested too deep; accepted are at most \(JSONFilter.maximumDepth) levels"
            )
        }
        var conditions: [JSONFilterCondition] = []
        // What compares the value at the path does not go with what leads away from it.
        var comparison: String?
        var descent: String?
        for (key, field) in object.all {
            guard key.utf8.count <= JSONFilter.maximumStringBytes else {
                throw field.error("is too long; accepted are at most \(JSONFilter.maximumStringBytes) bytes")
            }
            if key.utf8.first == UInt8(ascii: "$") {
                if !Self.logicalOperators.contains(key) { comparison = comparison ?? key }
                conditions.append(try operation(key, field, at: path))
            } else {
                descent = descent ?? key
                guard let inner = path.appending(key) else {
                    throw field.error(
                        "is no path; accepted are names between dots, with a backslash before a dot, '$' or backslash of"
                            + " a name"
                    )
                }
                conditions.append(try condition(field, at: inner))
            }
            if let comparison, let descent {
                throw field.error(
                    "mixes the operator \(comparison) with the path \(descent.quoted); accepted are either"
                )
            }
        }
        return conditions
    }

    /// What is asked of the value at a path.
    private mutating func condition(_ field: JSONField, at path: JSONFilterPath) throws(FieldError)
        -> JSONFilterCondition
    {
        switch field.value {
        case .object(let object):
            guard !object.isEmpty else {
                throw field.error("is an empty object; accepted are operators or paths in it, and $eq for the object")
            }
            return .all(try members(of: field.object(), at: path))
        case .array:
            throw field.error("is an array; accepted are $in, for one of several values, and $eq, for the whole array")
        default:
            guard !path.names.isEmpty else {
                throw field.error("is \(field.value.kind?.description ?? "raw JSON"); expected an object of paths")
            }
            try countClause(field)
            return .comparison(path, .equal(try operand(field)))
        }
    }

    private mutating func operation(
        _ name: String,
        _ field: JSONField,
        at path: JSONFilterPath
    ) throws(FieldError) -> JSONFilterCondition {
        try countClause(field)
        switch name {
        case "$and": return .all(try conditions(field, at: path))
        case "$or": return .any(path, try conditions(field, at: path), operand: field.value)
        case "$not": return .not(path, try condition(field, at: path), operand: field.value)
        default: break
        }
        let comparison = try comparison(name, field)
        guard !path.names.isEmpty else {
            throw field.error("compares the payload itself; accepted are paths, $and, $or and $not")
        }
        return .comparison(path, comparison)
    }

    private func comparison(_ name: String, _ field: JSONField) throws(FieldError) -> JSONFilterOperator {
        switch name {
        case "$eq": return .equal(try operand(field))
        case "$ne": return .notEqual(try operand(field))
        case "$gt": return .greater(try ordered(field))
        case "$gte": return .greaterOrEqual(try ordered(field))
        case "$lt": return .less(try ordered(field))
        case "$lte": return .lessOrEqual(try ordered(field))
        case "$in":
            let elements = try field.elements(maximumCount: JSONFilter.maximumMembers)
            guard !elements.isEmpty else { throw field.error("is empty; accepted is an array of at least one value") }
            var operands: [JSON] = []
            for element in elements { operands.append(try operand(element)) }
            return .oneOf(operands)
        case "$exists": return .exists(try field.bool())
        case "$starts_with":
            return .startsWith(try field.string(maximumBytes: JSONFilter.maximumStringBytes))
        default:
            throw field.error(
                "is an unknown operator; accepted are $eq, $ne, $gt, $gte, $lt, $lte, $in, $exists, $starts_with, $and,"
                    + " $or and $not, and \\$ where a name begins with it"
            )
        }
    }

    private mutating func conditions(_ field: JSONField, at path: JSONFilterPath) throws(FieldError)
        -> [JSONFilterCondition]
    {
        let elements = try field.elements(maximumCount: JSONFilter.maximumMembers)
        guard !elements.isEmpty else { throw field.error("is empty; accepted is an array of at least one condition") }
        var conditions: [JSONFilterCondition] = []
        for element in elements { conditions.append(try condition(element, at: path)) }
        return conditions
    }

    /// Any value to be equal to.
    private func operand(_ field: JSONField) throws(FieldError) -> JSON {
        if field.value.string != nil { _ = try field.string(maximumBytes: JSONFilter.maximumStringBytes) }
        guard field.value.kind != nil else { throw field.error("is raw JSON; expected a value") }
        return field.value
    }

    /// A value that has an order.
    private func ordered(_ field: JSONField) throws(FieldError) -> JSON {
        guard field.value.kind == .number || field.value.kind == .string else {
            throw field.error("is \(field.value.kind?.description ?? "raw JSON"); expected a number or text")
        }
        return try operand(field)
    }

    private mutating func countClause(_ field: JSONField) throws(FieldError) {
        clauses += 1
        guard clauses <= JSONFilter.maximumClauses else {
            throw field.error("is one clause too many; accepted are at most \(JSONFilter.maximumClauses)")
        }
    }

    private static let logicalOperators: Set<String> = ["$and", "$or", "$not"]
}
