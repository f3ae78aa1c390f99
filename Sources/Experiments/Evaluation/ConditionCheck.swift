import HooklinePrimitives

/// Whether a targeting condition means something. An evaluation takes any, and what has no meaning matches nothing; whoever writes
/// one is told.
struct ConditionCheck {
    /// The saved groups that may be named.
    let groups: Set<Identifier>

    /// - Throws: `FieldError`, naming the place in the condition.
    func check(_ condition: JSONField, depth: Int = 0) throws(FieldError) {
        guard depth < TargetingCondition.maximumDepth else {
            throw condition.error("is nested too deep; accepted are \(TargetingCondition.maximumDepth) levels")
        }
        for (name, field) in try condition.object().all {
            switch name {
            case "$or", "$nor", "$and":
                for element in try field.elements() { try check(element, depth: depth + 1) }
            case "$not": try check(field, depth: depth + 1)
            case _ where name.hasPrefix("$"):
                throw field.error(
                    "is no operator of conditions; accepted are $or, $nor, $and and $not, or a path of attributes"
                )
            default: try checkValue(field, depth: depth + 1)
            }
        }
    }

    private func checkValue(_ field: JSONField, depth: Int) throws(FieldError) {
        guard depth < TargetingCondition.maximumDepth else {
            throw field.error("is nested too deep; accepted are \(TargetingCondition.maximumDepth) levels")
        }
        guard case .object(let object) = field.value else { return }
        let operators = object.filter { $0.key.hasPrefix("$") }
        guard !operators.isEmpty else { return }
        guard operators.count == object.count else {
            throw field.error("has operators beside members; accepted are one or the other")
        }
        for (name, operand) in try field.object().all { try check(name, operand, depth: depth) }
    }

    private func check(_ name: String, _ operand: JSONField, depth: Int) throws(FieldError) {
        switch name {
        case "$eq", "$ne":
            if operand.value.array != nil || operand.value.object != nil {
                throw operand.error("is an array or object, which nothing is equal to here; leave the operator out")
            }
        case "$lt", "$lte", "$gt", "$gte":
            guard operand.value.double != nil || operand.value.string != nil else {
                throw operand.error("is neither a number nor a text, which could be compared")
            }
        case "$veq", "$vne", "$vlt", "$vlte", "$vgt", "$vgte": _ = try operand.string()
        case "$exists": _ = try operand.bool()
        case "$in", "$nin", "$ini", "$nini":
            for element in try operand.elements() where element.value.array != nil || element.value.object != nil {
                throw element.error("is an array or object, which nothing is equal to")
            }
        case "$all", "$alli":
            for element in try operand.elements() { try checkValue(element, depth: depth + 1) }
        case "$inGroup", "$notInGroup":
            let group = Identifier(unchecked: try operand.string())
            guard groups.contains(group) else {
                throw operand.error("names the saved group '\(group)', which there is not")
            }
        case "$not", "$size": try checkValue(operand, depth: depth + 1)
        case "$elemMatch":
            if let object = operand.value.object, ValueTest.isOfOperators(object) {
                try checkValue(operand, depth: depth + 1)
            } else {
                try check(operand, depth: depth + 1)
            }
        case "$regex", "$regexi": try checkPattern(operand)
        case "$type":
            let types = ["string", "number", "boolean", "array", "object", "null"]
            guard let type = operand.value.string, types.contains(type) else {
                throw operand.error("is no type; accepted are \(types.joined(separator: ", "))")
            }
        default: throw operand.error("is no operator that values are tested with")
        }
    }

    private func checkPattern(_ operand: JSONField) throws(FieldError) {
        let source = try operand.string()
        do throws(RegularExpression.Problem) {
            _ = try RegularExpression(source)
        } catch {
            throw operand.error(error.text)
        }
    }
}
