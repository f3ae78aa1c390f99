public import HooklinePrimitives

/// Whether features mean what they say. An evaluation takes anything, as every SDK does; whoever writes a feature is told what is
/// wrong with it, and nothing goes live.
///
///     try FeatureCheck.check(payload)
public enum FeatureCheck {
    public static let maximumRules = 1000
    public static let maximumVariations = 1000
    /// Of a saved group.
    public static let maximumGroupValues = 1_000_000

    /// - Parameters:
    ///   - payload: `features` and `savedGroups`, as `FeatureSet` takes them.
    ///   - experiments: The variants of the experiments that rules may name; nil where nobody knows.
    ///   - written: The features that must fit these experiments; nil for all. An experiment is changed by its owner, who must not keep
    ///     others from writing.
    /// - Throws: `FieldError`, naming the place, what is wrong and what is accepted.
    public static func check(
        _ payload: JSON,
        experiments: [Identifier: [Identifier]]? = nil,
        written: Set<Identifier>? = nil
    ) throws(FieldError) {
        let body = try JSONField(payload).object()
        let features = try body.optional("features")?.object().all ?? []
        let groups = try body.optional("savedGroups")?.object().all ?? []
        for (_, group) in groups { _ = try group.elements(maximumCount: maximumGroupValues) }
        let bandits = try body.optional("contextualBandits")?.object().all ?? []
        let conditions = ConditionCheck(groups: Set(groups.map { Identifier(unchecked: $0.name) }))
        let rules = RuleCheck(
            conditions: conditions,
            features: Set(features.map { Identifier(unchecked: $0.name) }),
            bandits: Set(bandits.map { Identifier(unchecked: $0.name) }),
            references: ReferenceCheck(experiments: experiments)
        )
        var earlier = rules
        earlier.references = ReferenceCheck(experiments: nil)
        for (name, feature) in features {
            let rules = written?.contains(Identifier(unchecked: name)) ?? true ? rules : earlier
            let fields = try feature.object()
            if let holdout = fields.optional("holdout") { try rules.references.check(holdout: holdout) }
            for rule in try fields.optional("rules")?.elements(maximumCount: maximumRules) ?? [] {
                try rules.check(rule)
            }
        }
        for experiment in try body.optional("experiments")?.elements() ?? [] { try rules.check(experiment) }
        for (_, bandit) in bandits {
            for leaf in try bandit.object().optional("contexts")?.elements() ?? [] {
                let fields = try leaf.object()
                if let condition = fields.optional("condition") { try conditions.check(condition) }
                for weight in try fields.required("weights").elements() { _ = try weight.double(in: 0...1) }
            }
        }
        try checkCycles(payload["features"]?.object ?? [:])
    }

    /// A feature that depends on itself has no value.
    private static func checkCycles(_ features: JSONObject) throws(FieldError) {
        var parents: [Identifier: [Identifier]] = [:]
        for member in features {
            let rules = member.value["rules"]?.array ?? []
            parents[Identifier(unchecked: member.key)] = rules.flatMap { rule in
                (rule["parentConditions"]?.array ?? []).compactMap { $0["id"]?.string }.map {
                    Identifier(unchecked: $0)
                }
            }
        }
        var done: Set<Identifier> = []
        for start in parents.keys.sorted() where !done.contains(start) {
            // Those that are under way, each with the parents that are still to be looked at.
            var path: [(feature: Identifier, rest: ArraySlice<Identifier>)] = [(start, (parents[start] ?? [])[...])]
            while let last = path.last {
                guard let next = last.rest.first else {
                    done.insert(last.feature)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].rest.removeFirst()
                if let begin = path.firstIndex(where: { $0.feature == next }) {
                    let cycle = (path[begin...].map(\.feature) + [next]).map(\.text).joined(separator: " -> ")
                    throw FieldError(field: "features.\(next)", problem: "depends on itself: \(cycle)")
                }
                if !done.contains(next) { path.append((next, (parents[next] ?? [])[...])) }
            }
        }
    }
}

/// One rule of a feature.
private struct RuleCheck {
    let conditions: ConditionCheck
    /// The features that may be prerequisites.
    let features: Set<Identifier>
    /// The bandits that may weigh variations.
    let bandits: Set<Identifier>
    var references: ReferenceCheck

    /// What a rule may say, or an experiment of pages.
    private static let members = [
        "id", "condition", "parentConditions", "filters", "coverage", "range", "namespace", "seed", "hashAttribute",
        "fallbackAttribute", "hashVersion", "disableStickyBucketing", "bucketVersion", "minBucketVersion", "force",
        "variations",
        "weights", "ranges", "meta", "key", "name", "phase", "tracks", "contextualVariations", "contextualBanditRef",
        "experiment", "values", "from", "until", "ramp", "status", "active", "project", "urlPatterns",
        "persistQueryString", "manual", "changeId", "experimentType", "groups",
        "url", "include", "expType", "type", "tags", "metadata",
    ]

    /// What decides where a unit falls: of anything but a text, SDKs would make different ones.
    private static let texts = ["id", "key", "seed", "hashAttribute", "fallbackAttribute"]

    func check(_ rule: JSONField) throws(FieldError) {
        let fields = try rule.object()
        for (name, field) in fields.all where !Self.members.contains(where: { $0.hasSameBytes(as: name) }) {
            throw field.error("is nothing that a rule says; accepted are \(Self.members.joined(separator: ", "))")
        }
        try references.check(times: fields)
        if let condition = fields.optional("condition") { try conditions.check(condition) }
        for prerequisite in try fields.optional("parentConditions")?.elements() ?? [] { try checkParent(prerequisite) }
        for filter in try fields.optional("filters")?.elements() ?? [] { try checkFilter(filter) }
        for name in Self.texts { _ = try fields.optional(name)?.string() }
        if let coverage = fields.optional("coverage") { _ = try coverage.double(in: 0...1) }
        if let version = fields.optional("hashVersion") { _ = try version.integer(in: 1...2) }
        if let range = fields.optional("range") { _ = try Self.range(range) }
        if let namespace = fields.optional("namespace") { try checkNamespace(namespace) }
        if let reference = fields.optional("contextualBanditRef") {
            let bandit = Identifier(unchecked: try reference.string())
            guard bandits.contains(bandit) else {
                throw reference.error("names the bandit '\(bandit)', which there is not")
            }
        }
        for target in try fields.optional("urlPatterns")?.elements() ?? [] { try checkTarget(target) }
        if let experiment = fields.optional("experiment") {
            try references.check(experiment, of: fields)
            return
        }
        guard let variations = fields.optional("contextualVariations") ?? fields.optional("variations") else {
            guard fields.contains("force") else {
                throw rule.error("changes nothing; accepted is a rule with 'force', 'variations' or 'experiment'")
            }
            return
        }
        try checkExperiment(
            fields,
            variations: try variations.elements(maximumCount: FeatureCheck.maximumVariations),
            variations
        )
    }

    private func checkParent(_ prerequisite: JSONField) throws(FieldError) {
        let fields = try prerequisite.object()
        let id = try fields.required("id")
        let feature = Identifier(unchecked: try id.string())
        guard features.contains(feature) else { throw id.error("names the feature '\(feature)', which there is not") }
        if let condition = fields.optional("condition") { try conditions.check(condition) }
    }

    private func checkFilter(_ filter: JSONField) throws(FieldError) {
        let fields = try filter.object()
        _ = try fields.required("seed").string()
        try checkRanges(try fields.required("ranges"))
        if let version = fields.optional("hashVersion") { _ = try version.integer(in: 1...2) }
    }

    private func checkNamespace(_ namespace: JSONField) throws(FieldError) {
        let parts = try namespace.elements()
        guard parts.count == 3 else { throw namespace.error("has \(parts.count) parts; accepted is [id, start, end]") }
        _ = try parts[0].string()
        let (start, end) = (try parts[1].double(in: 0...1), try parts[2].double(in: 0...1))
        guard start <= end else { throw namespace.error("ends before it begins") }
    }

    private func checkExperiment(
        _ fields: JSONFields,
        variations: [JSONField],
        _ field: JSONField
    ) throws(FieldError) {
        guard variations.count > 1 else { throw field.error("has fewer than two members, so that nothing is compared") }
        if let weights = fields.optional("weights") {
            var sum = 0.0
            let all = try weights.elements()
            for weight in all { sum += try weight.double(in: 0...1) }
            guard all.count == variations.count else {
                throw weights.error(
                    "has \(all.count) members; accepted is one for each of \(variations.count) variations"
                )
            }
            guard (0.99...1.01).contains(sum) else {
                throw weights.error("sums to \(sum); accepted are weights that sum to 1")
            }
        }
        if let ranges = fields.optional("ranges") {
            let count = try checkRanges(ranges)
            guard count == variations.count else {
                throw ranges.error("has \(count) members; accepted is one for each of \(variations.count) variations")
            }
        }
        if let meta = fields.optional("meta") {
            let all = try meta.elements()
            guard all.count <= variations.count else { throw meta.error("has more members than there are variations") }
            for member in all { _ = try member.object().optional("key")?.string() }
        }
        let versions = try ["bucketVersion", "minBucketVersion"].map { name throws(FieldError) in
            try fields.optional(name)?.integer(in: 0...10_000) ?? 0
        }
        if versions[1] > versions[0], let minimum = fields.optional("minBucketVersion") {
            throw minimum.error("is above 'bucketVersion', so that nobody could take part")
        }
    }

    private func checkTarget(_ target: JSONField) throws(FieldError) {
        let fields = try target.object()
        let (type, pattern) = (try fields.required("type"), try fields.required("pattern"))
        let text = try pattern.string()
        switch try type.string() {
        case "simple":
            guard SimplePattern(text) != nil else { throw pattern.error("is no address of a page") }
        case "regex":
            do throws(RegularExpression.Problem) {
                _ = try RegularExpression(text)
            } catch {
                throw pattern.error(error.text)
            }
        default: throw type.error("is no kind of pattern; accepted are simple and regex")
        }
    }

    /// Ranges that nobody is in twice. Answers how many there are.
    @discardableResult
    private func checkRanges(_ field: JSONField) throws(FieldError) -> Int {
        var ranges: [(range: BucketRange, field: JSONField)] = []
        for element in try field.elements() { ranges.append((try Self.range(element), element)) }
        let sorted = ranges.sorted { $0.range.start < $1.range.start }
        for (left, right) in zip(sorted, sorted.dropFirst()) where right.range.start < left.range.end {
            throw right.field.error("overlaps another range")
        }
        return ranges.count
    }

    private static func range(_ field: JSONField) throws(FieldError) -> BucketRange {
        let ends = try field.elements()
        guard ends.count == 2 else { throw field.error("has \(ends.count) members; accepted is [start, end]") }
        let range = BucketRange(try ends[0].double(in: 0...1), try ends[1].double(in: 0...1))
        guard range.start <= range.end else { throw field.error("ends before it begins") }
        return range
    }
}
