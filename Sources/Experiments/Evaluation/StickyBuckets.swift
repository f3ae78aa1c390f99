public import HooklinePrimitives

/// What units were assigned before, so that they keep it when weights or coverage change.
public struct StickyBuckets: Sendable {
    /// What one unit was assigned: of each experiment and version of its buckets, the key of a variation.
    public struct Document: Sendable, Hashable {
        public let attribute: String
        public let value: String
        public var assignments: [Identifier: String]

        public init(attribute: String, value: String, assignments: [Identifier: String]) {
            self.attribute = attribute
            self.value = value
            self.assignments = assignments
        }

        /// `id||user_1`
        public var key: Identifier { Self.key(attribute, value) }

        static func key(_ attribute: String, _ value: String) -> Identifier {
            Identifier(unchecked: "\(attribute)||\(value)")
        }
    }

    public private(set) var documents: [Identifier: Document]
    /// The keys of documents that have changed since they were given.
    public private(set) var changed: Set<Identifier> = []

    public init(_ documents: [Document] = []) {
        self.documents = Dictionary(documents.map { ($0.key, $0) }) { _, last in last }
    }

    enum Assignment: Equatable {
        case none
        case variation(Int)
        /// It was assigned in a version of the buckets that no longer takes part.
        case blocked
    }

    /// What a unit was assigned of an experiment.
    func assignment(of experiment: FeatureExperiment, _ context: EvaluationContext) -> Assignment {
        let assignments = assignments(experiment, context)
        for version in 0..<max(0, min(experiment.minimumBucketVersion, Self.maximumVersions))
        where assignments[Self.key(experiment.key, version)] != nil {
            return .blocked
        }
        guard let key = assignments[Self.key(experiment.key, experiment.bucketVersion)],
            let variation = experiment.meta.firstIndex(where: { $0.key?.hasSameBytes(as: key) ?? false })
        else { return .none }
        return .variation(variation)
    }

    /// No experiment is dealt out anew so often.
    private static let maximumVersions = 10_000

    /// Those by the experiment's own attribute go before those by its fallback.
    private func assignments(_ experiment: FeatureExperiment, _ context: EvaluationContext) -> [Identifier: String] {
        let fallbackKey = experiment.fallbackKey ?? TextKey("id")
        let (unit, fallback) = (context.unit(by: experiment.hashKey, or: nil), context.unit(by: fallbackKey, or: nil))
        let own = documents[Document.key(experiment.hashAttribute, Self.text(unit.value))]?.assignments ?? [:]
        guard fallback.value.isTruthy,
            let others = documents[Document.key(fallbackKey.text, Self.text(fallback.value))]?.assignments
        else { return own }
        return others.merging(own) { _, own in own }
    }

    mutating func assign(_ unit: EvaluationContext.Unit, _ experiment: FeatureExperiment, to key: String) {
        let (attribute, text) = (experiment.attribute(of: unit), Self.text(unit.value))
        let documentKey = Document.key(attribute, text)
        var document = documents[documentKey] ?? Document(attribute: attribute, value: text, assignments: [:])
        let name = Self.key(experiment.key, experiment.bucketVersion)
        guard document.assignments[name]?.hasSameBytes(as: key) != true else { return }
        document.assignments[name] = key
        documents[documentKey] = document
        changed.insert(documentKey)
    }

    private static func key(_ experiment: String, _ version: Int) -> Identifier {
        Identifier(unchecked: "\(experiment)__\(version)")
    }

    /// Texts as they are, everything else as JSON.
    private static func text(_ value: JSON) -> String { value.string ?? value.text }
}

extension StickyBuckets.Document {
    /// - Parameter json: `attributeName`, `attributeValue` and `assignments`, as SDKs store them.
    public init(_ json: JSON) {
        var assignments: [Identifier: String] = [:]
        for member in json["assignments"]?.object ?? [:] {
            assignments[Identifier(unchecked: member.key)] = member.value.string
        }
        self.init(
            attribute: json["attributeName"]?.string ?? "",
            value: json["attributeValue"]?.string ?? "",
            assignments: assignments
        )
    }

    /// As SDKs store it.
    public var json: JSON {
        let members = assignments.sorted { $0.key < $1.key }.map { ($0.key.text, JSON.string($0.value)) }
        return [
            "attributeName": .string(attribute), "attributeValue": .string(value),
            "assignments": .object(JSONObject(members)),
        ]
    }
}
