public import HooklinePrimitives

/// A targeting condition in the language that GrowthBook has taken from MongoDB's queries, compiled.
///
///     let condition = TargetingCondition(["country": "DE", "age": ["$gte": 18]])
///     condition.matches(["country": "DE", "age": 30], SavedGroups())  // true
///
/// It is lenient, as every SDK is: what has no meaning matches nothing and fails nothing. Whether a definition makes sense is
/// asked when it is written.
public struct TargetingCondition: Sendable {
    private let clauses: [Clause]

    /// All clauses of a condition must hold.
    private enum Clause: Sendable {
        case any([TargetingCondition])
        case none([TargetingCondition])
        case all([TargetingCondition])
        case not(TargetingCondition)
        case attribute(AttributeTest)
        /// Nested deeper than anybody writes.
        case never
    }

    /// Conditions in conditions. JSON that is parsed ends before, what a program builds may not.
    static let maximumDepth = 100

    /// - Parameter json: an object; anything else has no clauses, and matches everything.
    public init(_ json: JSON) { self.init(json, depth: 0) }

    init(_ json: JSON, depth: Int) {
        guard depth < Self.maximumDepth else {
            clauses = [.never]
            return
        }
        clauses = (json.object ?? [:]).map { member in
            let conditions = { (member.value.array ?? []).map { TargetingCondition($0, depth: depth + 1) } }
            return switch member.key {
            case "$or": .any(conditions())
            case "$nor": .none(conditions())
            case "$and": .all(conditions())
            case "$not": .not(TargetingCondition(member.value, depth: depth + 1))
            default: .attribute(AttributeTest(member.key, ValueTest(member.value, depth: depth + 1)))
            }
        }
    }

    /// - Parameters:
    ///   - attributes: an object, whose members paths name; of anything else every path is null.
    ///   - groups: the lists that `$inGroup` names.
    public func matches(_ attributes: JSON, _ groups: SavedGroups) -> Bool {
        clauses.allSatisfy { clause in
            switch clause {
            // Of no conditions, one holds.
            case .any(let conditions): Self.isAny(conditions, attributes, groups)
            case .none(let conditions): !Self.isAny(conditions, attributes, groups)
            case .all(let conditions): conditions.allSatisfy { $0.matches(attributes, groups) }
            case .not(let condition): !condition.matches(attributes, groups)
            case .attribute(let attribute): attribute.test.passes(attribute.path.value(in: attributes), groups)
            case .never: false
            }
        }
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
}

/// A path into attributes: `account.plan`.
struct AttributePath: Sendable {
    private let keys: [String]
    /// Nearly every path has one step.
    private let onlyKey: String?

    init(_ text: String) {
        keys = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        onlyKey = keys.count == 1 ? keys[0] : nil
    }

    /// Null where there is nothing.
    func value(in attributes: JSON) -> JSON {
        if let onlyKey, case .object(let object) = attributes { return object[onlyKey] ?? .null }
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
    private let fewTexts: [String]
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
        fewTexts = isFew ? texts.map(\.text) : []
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
        case .string(let text): has(isFolded ? text.lowercased() : text)
        case .integer, .number: numbers.contains(value.scriptNumber)
        case .bool(let flag): flags.contains(flag)
        case .null: hasNull
        case .array, .object, .raw: false
        }
    }

    private func has(_ text: String) -> Bool {
        texts.isEmpty ? fewTexts.contains { $0.hasSameBytes(as: text) } : texts.contains(Identifier(unchecked: text))
    }
}
