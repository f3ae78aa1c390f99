/// The keywords that apply further schemas (Core sections 10 and 11).
extension JSONSchemaEvaluation {
    mutating func combine(
        _ keyword: JSONSchemaKeyword,
        of value: JSON,
        _ evaluated: inout JSONSchemaEvaluated
    ) -> Bool {
        switch keyword {
        case .all(let schemas):
            var isValid = true
            for schema in schemas where !check(value, schema, &evaluated) { isValid = false }
            return isValid
        case .any(let schemas):
            var isValid = false
            for schema in schemas where checkSilently(value, schema, &evaluated) {
                isValid = true
                // The others may evaluate more of the value.
                if !tracksEvaluation { break }
            }
            return isValid || fail("anyOf", "matches none of the \(schemas.count) schemas that are accepted")
        case .one(let schemas):
            var matching: [Int] = []
            for (position, schema) in schemas.enumerated() where checkSilently(value, schema, &evaluated) {
                matching.append(position)
                if matching.count > 1 { break }
            }
            if matching.count == 1 { return true }
            let found = matching.isEmpty ? "none" : "both the schemas \(matching[0]) and \(matching[1])"
            return fail("oneOf", "matches \(found) of \(schemas.count); accepted is what matches exactly one")
        case .not(let schema):
            var ignored = JSONSchemaEvaluated()
            return !checkSilently(value, schema, &ignored)
                || fail("not", "matches a schema that it must not match")
        case .condition(let condition, let then, let otherwise):
            let branch = checkSilently(value, condition, &evaluated) ? then : otherwise
            return branch.map { check(value, $0, &evaluated) } ?? true
        case .dependentSchemas(let schemas):
            guard let object = value.object else { return true }
            var isValid = true
            for (name, schema) in schemas where object[name] != nil {
                if !check(value, schema, &evaluated) { isValid = false }
            }
            return isValid
        default: return true
        }
    }

    // MARK: - Arrays

    mutating func checkElements(
        _ keyword: JSONSchemaKeyword,
        of array: [JSON],
        _ evaluated: inout JSONSchemaEvaluated
    ) -> Bool {
        var isValid = true
        switch keyword {
        case .items(let prefix, let others):
            for (index, element) in array.enumerated() {
                guard let schema = index < prefix.count ? prefix[index] : others else { break }
                if tracksEvaluation { evaluated.elements.insert(index) }
                if !checkOther("items", element, schema, at: "\(index)") { isValid = false }
            }
        case .contains(let schema, let minimum, let maximum):
            return checkContains(schema, minimum, maximum, of: array, &evaluated)
        case .unevaluatedItems(let schema):
            for (index, element) in array.enumerated() where evaluated.elements.insert(index).inserted {
                if !checkOther("unevaluatedItems", element, schema, at: "\(index)") { isValid = false }
            }
        default: break
        }
        return isValid
    }

    private mutating func checkContains(
        _ schema: Int,
        _ minimum: Int,
        _ maximum: Int?,
        of array: [JSON],
        _ evaluated: inout JSONSchemaEvaluated
    ) -> Bool {
        var count = 0
        for (index, element) in array.enumerated() {
            var inner = JSONSchemaEvaluated()
            guard checkSilently(element, schema, &inner) else { continue }
            count += 1
            if tracksEvaluation { evaluated.elements.insert(index) }
        }
        if count < minimum {
            let keyword = minimum == 1 ? "contains" : "minContains"
            return fail(keyword, "has \(count) of the elements that it must have; accepted are at least \(minimum)")
        }
        if let maximum, count > maximum {
            return fail("maxContains", "has \(count) of the elements that are counted; accepted are at most \(maximum)")
        }
        return true
    }

    // MARK: - Objects

    mutating func checkMembers(
        _ keyword: JSONSchemaKeyword,
        of object: JSONObject,
        _ evaluated: inout JSONSchemaEvaluated
    ) -> Bool {
        var isValid = true
        switch keyword {
        case .properties(let properties):
            for (position, member) in object.enumerated() {
                var isKnown = false
                if let schema = properties.named[Identifier(unchecked: member.key)] {
                    isKnown = true
                    if !check(member.value, schema, at: member.key) { isValid = false }
                }
                for (pattern, schema) in properties.patterns where pattern.matches(member.key, steps: &steps) {
                    isKnown = true
                    if !check(member.value, schema, at: member.key) { isValid = false }
                }
                if !isKnown, let others = properties.others {
                    isKnown = true
                    let keyword = "additionalProperties"
                    if !checkOther(keyword, member.value, others, at: member.key, known: properties.names) {
                        isValid = false
                    }
                }
                if isKnown, tracksEvaluation { evaluated.members.insert(position) }
            }
        case .propertyNames(let schema):
            for member in object where !check(.string(member.key), schema, at: member.key) { isValid = false }
        case .unevaluatedProperties(let schema):
            for (position, member) in object.enumerated() where evaluated.members.insert(position).inserted {
                if !checkOther("unevaluatedProperties", member.value, schema, at: member.key) { isValid = false }
            }
        default: break
        }
        return isValid
    }

    /// Applies the schema for what no other keyword speaks of, which is often `false`.
    private mutating func checkOther(
        _ keyword: String,
        _ value: JSON,
        _ schema: Int,
        at token: String,
        known: [String] = []
    ) -> Bool {
        guard isNever(schema) else { return check(value, schema, at: token) }
        let accepted = known.prefix(Self.maximumShownNames).map(\.shortened).joined(separator: ", ")
        let others = known.count > Self.maximumShownNames ? " and \(known.count - Self.maximumShownNames) more" : ""
        return within(token) { evaluation in
            evaluation.fail(
                keyword,
                "is not accepted here" + (known.isEmpty ? "" : "; accepted are \(accepted)\(others)")
            )
        }
    }

    private static var maximumShownNames: Int { 10 }
}
