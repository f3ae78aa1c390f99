import HooklinePrimitives

/// What a condition asks of one value.
enum ValueTest: Sendable {
    /// As text it is this one.
    case text(String)
    /// As text in lowercase it is this one.
    case foldedText(String)
    /// As a number it is this one.
    case number(Double)
    /// It is there, and as truthy as this.
    case flag(Bool)
    case null
    /// It is written like this array or object.
    case written(JSON)
    /// This holds, as of most tests that have operators.
    case one(Operator)
    /// All of these hold.
    case operators([Operator])

    /// - Parameter isFolded: whether texts are compared in lowercase.
    init(_ json: JSON, depth: Int, isFolded: Bool = false) {
        switch json {
        case .string(let text): self = isFolded ? .foldedText(text.lowercased()) : .text(text)
        case .integer, .number: self = .number(json.scriptNumber)
        case .bool(let flag): self = .flag(flag)
        case .null, .raw: self = .null
        case .array: self = .written(json)
        case .object(let object):
            guard Self.isOfOperators(object) else {
                self = .written(json)
                return
            }
            let operators = object.map { Operator($0.key, $0.value, depth: depth) }
            self = operators.count == 1 ? .one(operators[0]) : .operators(operators)
        }
    }

    /// Whether it has members, and all their names are of operators.
    static func isOfOperators(_ object: JSONObject) -> Bool {
        !object.isEmpty && object.allSatisfy { $0.key.utf8.first == UInt8(ascii: "$") }
    }

    func passes(_ value: JSON, _ groups: SavedGroups) -> Bool {
        switch self {
        case .text(let text):
            if case .string(let given) = value { return given.hasSameBytes(as: text) }
            return value.scriptText.hasSameBytes(as: text)
        case .foldedText(let text): return value.scriptText.lowercased().hasSameBytes(as: text)
        case .number(let number): return value.scriptNumber == number
        case .flag(let flag): return !value.isNull && value.isTruthy == flag
        case .null: return value.isNull
        case .written(let expected): return value.isWrittenLike(expected)
        case .one(let test): return test.passes(value, groups)
        case .operators(let operators): return operators.allSatisfy { $0.passes(value, groups) }
        }
    }
}

extension ValueTest {
    /// One operator with what it compares.
    enum Operator: Sendable {
        case equal(JSON, isNegated: Bool)
        case less(JSON, orEqual: Bool)
        case greater(JSON, orEqual: Bool)
        case exists(Bool)
        case oneOf(ValueSet, isFolded: Bool, isNegated: Bool)
        case inGroup(Identifier, isNegated: Bool)
        indirect case not(ValueTest)
        indirect case size(ValueTest)
        /// An element that is a value to be tested.
        indirect case anyElement(ValueTest)
        /// An element that has attributes of its own.
        case anyElementWith(TargetingCondition)
        /// For each test an element.
        case all([ValueTest])
        case pattern(RegularExpression)
        case type(String)
        case version(PaddedVersion, VersionComparison)
        /// Unknown, or with something that it cannot compare.
        case never
    }

    enum VersionComparison: Sendable {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    }
}

extension ValueTest.Operator {
    init(_ name: String, _ expected: JSON, depth: Int) {
        guard depth < TargetingCondition.maximumDepth else {
            self = .never
            return
        }
        switch name {
        case "$eq": self = .equal(expected, isNegated: false)
        case "$ne": self = .equal(expected, isNegated: true)
        case "$lt": self = .less(expected, orEqual: false)
        case "$lte": self = .less(expected, orEqual: true)
        case "$gt": self = .greater(expected, orEqual: false)
        case "$gte": self = .greater(expected, orEqual: true)
        case "$exists": self = .exists(expected.isTruthy)
        case "$in", "$nin", "$ini", "$nini": self = Self.oneOf(name, expected)
        case "$inGroup": self = .inGroup(Identifier(unchecked: expected.scriptText), isNegated: false)
        case "$notInGroup": self = .inGroup(Identifier(unchecked: expected.scriptText), isNegated: true)
        case "$not": self = .not(ValueTest(expected, depth: depth + 1))
        case "$size": self = .size(ValueTest(expected, depth: depth + 1))
        case "$elemMatch": self = Self.anyElement(expected, depth)
        case "$all", "$alli":
            self =
                expected.array.map { expected in
                    .all(expected.map { ValueTest($0, depth: depth + 1, isFolded: name == "$alli") })
                } ?? .never
        case "$regex", "$regexi":
            let pattern = expected.string.flatMap {
                try? RegularExpression($0, isCaseInsensitive: name == "$regexi")
            }
            self = pattern.map { .pattern($0) } ?? .never
        case "$type": self = .type(expected.string ?? "")
        case "$veq": self = .version(PaddedVersion(expected), .equal)
        case "$vne": self = .version(PaddedVersion(expected), .notEqual)
        case "$vlt": self = .version(PaddedVersion(expected), .less)
        case "$vlte": self = .version(PaddedVersion(expected), .lessOrEqual)
        case "$vgt": self = .version(PaddedVersion(expected), .greater)
        case "$vgte": self = .version(PaddedVersion(expected), .greaterOrEqual)
        default: self = .never
        }
    }

    private static func oneOf(_ name: String, _ expected: JSON) -> Self {
        guard let values = expected.array else { return .never }
        let isFolded = name == "$ini" || name == "$nini"
        let isNegated = name == "$nin" || name == "$nini"
        return .oneOf(ValueSet(values, isFolded: isFolded), isFolded: isFolded, isNegated: isNegated)
    }

    private static func anyElement(_ expected: JSON, _ depth: Int) -> Self {
        if case .object(let object) = expected, ValueTest.isOfOperators(object) {
            return .anyElement(ValueTest(expected, depth: depth + 1))
        }
        return .anyElementWith(TargetingCondition(expected, depth: depth + 1))
    }

    func passes(_ value: JSON, _ groups: SavedGroups) -> Bool {
        switch self {
        case .equal(let expected, let isNegated): return value.isStrictlyEqual(to: expected) != isNegated
        case .less(let expected, let orEqual): return value.isLess(than: expected, orEqual: orEqual)
        case .greater(let expected, let orEqual): return expected.isLess(than: value, orEqual: orEqual)
        case .exists(let exists): return value.isNull != exists
        case .oneOf(let values, let isFolded, let isNegated):
            return values.holds(value, isFolded: isFolded) != isNegated
        case .inGroup(let name, let isNegated): return (groups[name]?.holds(value) ?? false) != isNegated
        case .not(let test): return !test.passes(value, groups)
        case .size(let test): return value.array.map { test.passes(JSON($0.count), groups) } ?? false
        case .anyElement(let test):
            return value.array?.contains { $0.isTruthy && test.passes($0, groups) } ?? false
        case .anyElementWith(let condition):
            return value.array?.contains { $0.isTruthy && condition.matches($0, groups) } ?? false
        case .all(let tests):
            guard let elements = value.array else { return false }
            return tests.allSatisfy { test in elements.contains { test.passes($0, groups) } }
        case .pattern(let pattern): return pattern.matches(value.scriptText, maximumSteps: Self.maximumPatternSteps)
        case .type(let type): return value.scriptType == type
        case .version(let expected, let comparison): return comparison.holds(PaddedVersion(value), expected)
        case .never: return false
        }
    }

    /// A search that takes more finds nothing: some 50 ms.
    private static let maximumPatternSteps = 5_000_000
}

extension ValueTest.VersionComparison {
    fileprivate func holds(_ actual: PaddedVersion, _ expected: PaddedVersion) -> Bool {
        switch self {
        case .equal: actual == expected
        case .notEqual: actual != expected
        case .less: actual < expected
        case .lessOrEqual: !(expected < actual)
        case .greater: expected < actual
        case .greaterOrEqual: !(actual < expected)
        }
    }
}
