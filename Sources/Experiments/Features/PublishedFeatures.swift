import Crypto
public import HooklinePrimitives

/// What features come to at a moment: compiled for evaluations here, and written out for SDKs.
public struct PublishedFeatures: Sendable {
    public let set: FeatureSet
    /// `features` and `savedGroups`, as GrowthBook's SDKs take them.
    public let payload: RawJSON
    /// Tells two payloads apart, the same on every node: 32 hexadecimal digits.
    public let tag: String
    /// When somebody has changed features last; nil where nobody ever has.
    public let changedAt: Timestamp?
    /// The features that users have written, in the order of their keys.
    public let keys: [Identifier]
    /// Of all features together.
    let memory: FeatureTraits.Memory
    /// The attributes by which units are dealt out, where any rule keeps them where they were; else none.
    let stickyAttributes: [String]
    let traits: [Identifier: FeatureTraits]
    let source: FeatureSource
    /// When a schedule makes others of them; nil where none does.
    let nextChange: Timestamp?

    init(_ source: FeatureSource, at now: Timestamp) {
        var compiler = FeatureCompiler(experiments: source.experiments, now: now)
        // Features of users, and those that stand for holdouts, as SDKs and as the server itself get them.
        var (sent, own) = (JSONObject(), JSONObject())
        var keys: [Identifier] = []
        for part in source.parts where part.kind == .feature {
            let json = part.body.object ?? [:]
            sent.append(part.key.text, .object(compiler.feature(json, isForPaused: false)))
            own.append(part.key.text, .object(compiler.feature(json, isForPaused: true)))
            keys.append(part.key)
        }
        for (key, feature) in compiler.holdoutFeatures {
            sent.append(key, .object(feature))
            own.append(key, .object(feature))
        }
        var groups = JSONObject()
        for part in source.parts where part.kind == .savedGroup { groups.append(part.key.text, part.body) }
        let bytes = JSON.object(["features": .object(sent), "savedGroups": .object(groups)]).encoded()
        payload = RawJSON(unchecked: bytes)
        tag = SHA256.hash(data: bytes).prefix(16).hexadecimalDigits
        set = FeatureSet(["features": .object(own), "savedGroups": .object(groups)])
        traits = FeatureTraits.all(own)
        memory = traits.values.reduce(into: FeatureTraits.Memory()) { $0.add($1.memory) }
        stickyAttributes = memory.usesStickyBuckets ? set.unitAttributes.sorted() : []
        changedAt = source.changedAt
        nextChange = compiler.nextChange
        self.keys = keys
        self.source = source
    }
}

/// What is kept of features, and of the experiments that they name.
struct FeatureSource: Sendable {
    let stamp: FeatureStamp
    let parts: [FeaturePart]
    let experiments: [Identifier: Experiment]
    let changedAt: Timestamp?
}

/// Whether what was read is still so.
struct FeatureStamp: Sendable, Equatable {
    let features: Int64
    /// The sum of the revisions of all experiments, which only ever grow.
    let experiments: Int64
}

/// What is known of a feature without evaluating it.
struct FeatureTraits: Sendable {
    /// Whether its values are numbers with fractions, so that a whole one is `1.0`.
    var isFloat = false
    var hasRules = false
    /// Whether the viewer's id decides about it, or about a feature that it depends on.
    var needsUser = false
    var memory = Memory()
    private var parents: [Identifier] = []

    /// What must be looked up of a unit before features are evaluated for it; nearly none needs anything.
    struct Memory: Sendable, Equatable {
        /// The experiments that are paused, whose earlier units keep their variant.
        var paused: Set<Identifier> = []
        var usesStickyBuckets = false

        var isNeeded: Bool { usesStickyBuckets || !paused.isEmpty }

        mutating func add(_ other: Memory) {
            paused.formUnion(other.paused)
            usesStickyBuckets = usesStickyBuckets || other.usesStickyBuckets
        }
    }

    private init(_ feature: JSON) {
        var values = [feature["defaultValue"] ?? .null]
        for rule in feature["rules"]?.array ?? [] {
            hasRules = true
            let variations = rule["variations"]?.array ?? []
            values += [rule["force"] ?? .null] + variations
            let isDealt = !variations.isEmpty || rule["coverage"] != nil || rule["range"] != nil
            let attribute = rule["hashAttribute"]?.string ?? EvaluationContext.userAttribute
            if isDealt, attribute == EvaluationContext.userAttribute, rule["fallbackAttribute"] == nil {
                needsUser = true
            }
            let sticks = rule["disableStickyBucketing"]?.isTruthy != true
            if sticks, !variations.isEmpty || rule["fallbackAttribute"] != nil { memory.usesStickyBuckets = true }
            if rule[FeatureExperiment.closed] != nil, let key = rule["key"]?.string {
                memory.paused.insert(Identifier(unchecked: key))
            }
            parents += (rule["parentConditions"]?.array ?? []).compactMap { $0["id"]?.string }.map {
                Identifier(unchecked: $0)
            }
        }
        isFloat = values.contains { if case .number = $0 { true } else { false } }
    }

    static func all(_ features: JSONObject) -> [Identifier: FeatureTraits] {
        var all: [Identifier: FeatureTraits] = [:]
        for member in features { all[Identifier(unchecked: member.key)] = FeatureTraits(member.value) }
        // What a prerequisite needs, the feature needs: asked again until nothing changes, as chains are short.
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for (key, traits) in all where !traits.parents.isEmpty {
                var changed = traits
                for parent in traits.parents.compactMap({ all[$0] }) {
                    changed.needsUser = changed.needsUser || parent.needsUser
                    changed.memory.add(parent.memory)
                }
                guard changed.needsUser != traits.needsUser || changed.memory != traits.memory else { continue }
                all[key] = changed
                hasChanged = true
            }
        }
        return all
    }
}
