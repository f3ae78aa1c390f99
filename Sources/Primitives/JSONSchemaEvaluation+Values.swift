/// The keywords that look at nothing but the value itself (Validation section 6).
extension JSONSchemaEvaluation {
    mutating func assert(_ keyword: JSONSchemaKeyword, of value: JSON) -> Bool {
        switch keyword {
        case .types(let types):
            if types.contains(where: { $0.accepts(value) }) { return true }
            let kind = value.kind?.description ?? "raw JSON, which is not looked into"
            let found = value.kind == .number ? value.shown : kind
            return fail("type", "is \(found); accepted is \(types.map(\.description).joined(separator: " or "))")
        case .constant(let constant):
            return value == constant || fail("const", "is \(value.shown); accepted is \(constant.shown)")
        case .choices(let choices):
            steps -= choices.count
            if choices.contains(value) { return true }
            let shown = choices.prefix(Self.maximumShownChoices).map(\.shown).joined(separator: ", ")
            let others = choices.count - Self.maximumShownChoices
            return fail(
                "enum",
                "is \(value.shown); accepted are \(shown)" + (others > 0 ? " and \(others) more" : "")
            )
        case .minimum, .maximum, .exclusiveMinimum, .exclusiveMaximum, .multipleOf:
            return value.kind != .number || assertNumber(keyword, of: value)
        case .count(let count, let limit): return assertCount(count, limit, of: value)
        case .pattern(let pattern):
            guard let text = value.string else { return true }
            return pattern.matches(text, steps: &steps)
                || fail("pattern", "is \(text.quoted); accepted is what matches \(pattern.source.quoted)")
        case .format(let format):
            guard let text = value.string else { return true }
            return format.accepts(text) || fail("format", "is \(text.quoted); accepted is a \(format.rawValue)")
        case .uniqueItems:
            guard let array = value.array, let (first, second) = firstRepetition(in: array) else { return true }
            return fail("uniqueItems", "has the same element at \(first) and \(second); accepted are different ones")
        case .required(let names):
            guard let object = value.object else { return true }
            return assertRequired(names, in: object, keyword: "required", "")
        case .dependentRequired(let dependencies):
            guard let object = value.object else { return true }
            var isValid = true
            for (name, required) in dependencies where object[name] != nil {
                let reason = ", which \(name.quoted) needs"
                if !assertRequired(required, in: object, keyword: "dependentRequired", reason) { isValid = false }
            }
            return isValid
        default: return true
        }
    }

    private static var maximumShownChoices: Int { 10 }

    private mutating func assertNumber(_ keyword: JSONSchemaKeyword, of value: JSON) -> Bool {
        switch keyword {
        case .minimum(let limit):
            return value.isLess(than: limit) == false
                || fail("minimum", "is \(value.shown); accepted is at least \(limit.shown)")
        case .maximum(let limit):
            return limit.isLess(than: value) == false
                || fail("maximum", "is \(value.shown); accepted is at most \(limit.shown)")
        case .exclusiveMinimum(let limit):
            return limit.isLess(than: value) == true
                || fail("exclusiveMinimum", "is \(value.shown); accepted is more than \(limit.shown)")
        case .exclusiveMaximum(let limit):
            return value.isLess(than: limit) == true
                || fail("exclusiveMaximum", "is \(value.shown); accepted is less than \(limit.shown)")
        case .multipleOf(let divisor):
            return JSONSchemaDecimal(value)?.isMultiple(of: divisor) ?? false
                || fail("multipleOf", "is \(value.shown); accepted are multiples of \(divisor.json.shown)")
        default: return true
        }
    }

    private mutating func assertCount(_ count: JSONSchemaCount, _ limit: Int, of value: JSON) -> Bool {
        let found: Int
        let unit: String
        switch (count, value) {
        case (.minLength, .string(let text)), (.maxLength, .string(let text)):
            // A text's length is its number of code points (RFC 8259 section 8.2, by Validation section 6.3.1).
            (found, unit) = (text.unicodeScalars.count, "characters")
        case (.minItems, .array(let array)), (.maxItems, .array(let array)): (found, unit) = (array.count, "elements")
        case (.minProperties, .object(let object)), (.maxProperties, .object(let object)):
            (found, unit) = (object.count, "members")
        default: return true
        }
        return (count.isMinimum ? found >= limit : found <= limit)
            || fail(
                count.rawValue,
                "has \(found) \(unit); accepted are at \(count.isMinimum ? "least" : "most") \(limit)"
            )
    }

    private mutating func assertRequired(
        _ names: [String],
        in object: JSONObject,
        keyword: String,
        _ reason: String
    ) -> Bool {
        steps -= names.count
        var isValid = true
        for name in names where object[name] == nil {
            isValid = fail(keyword, "lacks the member \(name.quoted)\(reason)")
        }
        return isValid
    }

    private mutating func firstRepetition(in array: [JSON]) -> (Int, Int)? {
        var seen: [JSONByValue: Int] = [:]
        for (index, element) in array.enumerated() {
            let value = JSONByValue(value: element)
            if let first = seen[value] { return (first, index) }
            seen[value] = index
        }
        return nil
    }
}

/// A value that can be looked up, by JSON's own equality.
private struct JSONByValue: Hashable {
    let value: JSON

    func hash(into hasher: inout Hasher) {
        switch value {
        case .null: hasher.combine(0 as UInt8)
        case .bool(let flag): hasher.combine(flag)
        case .integer(let whole): hasher.combine(whole)
        case .number(let number):
            if let whole = Int64(exactly: number) { hasher.combine(whole) } else { hasher.combine(number) }
        case .string(let text): hasher.combine(Identifier(unchecked: text))
        case .array(let elements):
            hasher.combine(elements.count)
            for element in elements { JSONByValue(value: element).hash(into: &hasher) }
        case .object(let object):
            // The members' order must not matter.
            var sum = 0
            for member in object {
                var inner = hasher
                inner.combine(Identifier(unchecked: member.key))
                JSONByValue(value: member.value).hash(into: &inner)
                sum &+= inner.finalize()
            }
            hasher.combine(sum)
        case .raw(let raw): hasher.combine(raw.bytes)
        }
    }
}
