public import HooklinePrimitives

/// A targeting condition in the language that GrowthBook has taken from MongoDB's queries, compiled.
///
///     let condition = TargetingCondition(["country": "DE", "age": ["$gte": 18]])
///     condition.matches(["country": "DE", "age": 30], SavedGroups())  // true
///
/// It is lenient, as every SDK is: what has no meaning matches nothing and fails nothing. Whether a definition makes sense is
/// asked when it is written.
public struct TargetingCondition: Sendable {
    /// What is asked of attributes, apart from the other clauses, as most conditions have nothing else.
    private let tests: [AttributeTest]
    private let clauses: [Clause]

    /// All clauses of a condition must hold.
    private enum Clause: Sendable {
        case any([TargetingCondition])
        case none([TargetingCondition])
        case all([TargetingCondition])
        case not(TargetingCondition)
        /// Nested deeper than anybody writes.
        case never

        func holds(_ attributes: JSON, _ groups: SavedGroups) -> Bool {
            switch self {
            // Of no conditions, one holds.
            case .any(let conditions): TargetingCondition.isAny(conditions, attributes, groups)
            case .none(let conditions): !TargetingCondition.isAny(conditions, attributes, groups)
            case .all(let conditions): conditions.allSatisfy { $0.matches(attributes, groups) }
            case .not(let condition): !condition.matches(attributes, groups)
            case .never: false
            }
        }
    }

    /// Conditions in conditions. JSON that is parsed ends before, what a program builds may not.
    static let maximumDepth = 100

    /// - Parameter json: an object; anything else has no clauses, and matches everything.
    public init(_ json: JSON) { self.init(json, depth: 0) }

    init(_ json: JSON, depth: Int) {
        var (tests, clauses): ([AttributeTest], [Clause]) = ([], depth < Self.maximumDepth ? [] : [.never])
        for member in json.object ?? [:] where depth < Self.maximumDepth {
            let conditions = { (member.value.array ?? []).map { TargetingCondition($0, depth: depth + 1) } }
            switch member.key {
            case "$or": clauses.append(.any(conditions()))
            case "$nor": clauses.append(.none(conditions()))
            case "$and": clauses.append(.all(conditions()))
            case "$not": clauses.append(.not(TargetingCondition(member.value, depth: depth + 1)))
            default: tests.append(AttributeTest(member.key, ValueTest(member.value, depth: depth + 1)))
            }
        }
        (self.tests, self.clauses) = (tests, clauses)
    }

    /// - Parameters:
    ///   - attributes: an object, whose members paths name; of anything else every path is null.
    ///   - groups: the lists that `$inGroup` names.
    public func matches(_ attributes: JSON, _ groups: SavedGroups) -> Bool {
        tests.allInPlace { $0.passes(attributes, groups) } && clauses.allSatisfy { $0.holds(attributes, groups) }
    }

    private static func isAny(_ conditions: [TargetingCondition], _ attributes: JSON, _ groups: SavedGroups) -> Bool {
        conditions.isEmpty || conditions.contains { $0.matches(attributes, groups) }
    }
}

/// What is asked of an attribute.
private final class AttributeTest: Sendable {
    let path: AttributePath
    let test: ValueTest

    init(_ path: String, _ test: ValueTest) {
        self.path = AttributePath(path)
        self.test = test
    }

    func passes(_ attributes: JSON, _ groups: SavedGroups) -> Bool {
        if let onlyKey = path.onlyKey, case .object(let object) = attributes {
            return object.withValue(of: onlyKey) { test.passes($0, groups) } ?? test.passes(.null, groups)
        }
        return test.passes(path.value(in: attributes), groups)
    }
}

/// A path into attributes: `account.plan`.
struct AttributePath: Sendable {
    private let keys: [String]
    /// Nearly every path has one step.
    let onlyKey: TextKey?

    init(_ text: String) {
        keys = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        onlyKey = keys.count == 1 ? TextKey(keys[0]) : nil
    }

    /// Null where there is nothing.
    func value(in attributes: JSON) -> JSON {
        if let onlyKey, case .object(let object) = attributes { return object[onlyKey.text] ?? .null }
        var current = attributes
        for key in keys {
            switch current {
            case .object(let object):
                guard let value = object[key] else { return .null }
                current = value
            // An array has its elements by number, and a length.
            case .array(let elements):
                if key == "length" {
                    current = JSON(elements.count)
                } else if let index = Int(key), elements.indices.contains(index), "\(index)" == key {
                    current = elements[index]
                } else {
                    return .null
                }
            default: return .null
            }
        }
        return current
    }
}

/// Lists of values under names, for `$inGroup`.
public struct SavedGroups: Sendable {
    private let groups: [Identifier: ValueSet]

    public init() { groups = [:] }

    /// - Parameter json: an object whose members are arrays; others are left out.
    public init(_ json: JSON?) {
        var groups: [Identifier: ValueSet] = [:]
        for member in json?.object ?? [:] {
            if let values = member.value.array { groups[Identifier(unchecked: member.key)] = ValueSet(values) }
        }
        self.groups = groups
    }

    subscript(name: Identifier) -> ValueSet? { groups[name] }
}

/// Values of which one is asked for; how many there are does not matter.
final class ValueSet: Sendable {
    /// A few are gone through, which is faster than to hash.
    private let fewTexts: [TextKey]
    private let texts: Set<Identifier>
    private let numbers: Set<Double>
    private let flags: Set<Bool>
    private let hasNull: Bool

    /// - Parameter isFolded: whether texts are lowercased.
    init(_ values: [JSON], isFolded: Bool = false) {
        var texts: Set<Identifier> = []
        var numbers: Set<Double> = []
        var flags: Set<Bool> = []
        var hasNull = false
        for value in values {
            switch value {
            case .string(let text): texts.insert(Identifier(unchecked: isFolded ? text.lowercased() : text))
            case .integer, .number: numbers.insert(value.scriptNumber)
            case .bool(let flag): flags.insert(flag)
            case .null: hasNull = true
            // Two arrays or objects are never the same one.
            case .array, .object, .raw: break
            }
        }
        let isFew = texts.count <= Self.few
        fewTexts = isFew ? texts.map { TextKey($0.text) } : []
        self.texts = isFew ? [] : texts
        self.numbers = numbers
        self.flags = flags
        self.hasNull = hasNull
    }

    private static let few = 8

    /// Whether a value is in it, or of an array one element.
    func holds(_ value: JSON, isFolded: Bool = false) -> Bool {
        if case .array(let elements) = value { return elements.contains { has($0, isFolded) } }
        return has(value, isFolded)
    }

    private func has(_ value: JSON, _ isFolded: Bool) -> Bool {
        switch value {
        case .string(let text): isFolded ? has(text.lowercased()) : has(text)
        case .integer, .number: numbers.contains(value.scriptNumber)
        case .bool(let flag): flags.contains(flag)
        case .null: hasNull
        case .array, .object, .raw: false
        }
    }

    private func has(_ text: String) -> Bool {
        guard texts.isEmpty else { return texts.contains(Identifier(unchecked: text)) }
        let key = TextKey(text)
        return fewTexts.withUnsafeBufferPointer { texts in texts.indices.contains { texts[$0] == key } }
    }
}
