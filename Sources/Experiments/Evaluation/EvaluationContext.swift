public import HooklinePrimitives

/// Who asks for features, and what was said of them.
public struct EvaluationContext: Sendable {
    /// An object: whatever is known of the unit.
    public var attributes: JSON
    /// The page that is looked at; empty where there is none.
    public var url: String
    /// False takes nobody into an experiment.
    public var isEnabled: Bool
    /// In quality assurance, nobody is in an experiment but who is forced.
    public var isInQualityAssurance: Bool
    /// The variations that experiments are forced to, by their keys.
    public var forcedVariations: [Identifier: Int]
    /// The values that features are forced to.
    public var forcedValues: [Identifier: JSON]
    /// What units were assigned before; nil where nothing is to stick.
    public var stickyBuckets: StickyBuckets?
    /// The experiments that the unit was exposed to before they were paused. Only who keeps exposures knows it.
    var enrolled: Set<Identifier> = []

    public init(
        attributes: JSON,
        url: String = "",
        isEnabled: Bool = true,
        isInQualityAssurance: Bool = false,
        forcedVariations: [Identifier: Int] = [:],
        forcedValues: [Identifier: JSON] = [:],
        stickyBuckets: StickyBuckets? = nil
    ) {
        self.attributes = attributes
        self.url = url
        self.isEnabled = isEnabled
        self.isInQualityAssurance = isInQualityAssurance
        self.forcedVariations = forcedVariations
        self.forcedValues = forcedValues
        self.stickyBuckets = stickyBuckets
    }

    /// The attributes that stand for the viewer and for the content.
    public static let userAttribute = "id"
    public static let contentAttribute = "content_id"

    /// An attribute by which units are dealt out, and its value: of the first that has one that is not empty.
    func unit(by attribute: String, or fallback: String?) -> (attribute: String, value: JSON) {
        if let value = attributes.object?[attribute], value.isTruthy { return (attribute, value) }
        if let fallback, let value = attributes.object?[fallback], value.isTruthy { return (fallback, value) }
        return (attribute, "")
    }
}

extension EvaluationContext {
    /// A context as GrowthBook's SDKs are given one: `attributes`, `url`, `enabled`, `qaMode`, `forcedVariations` and
    /// `stickyBucketAssignmentDocs`. What has another type is left out.
    public init(_ json: JSON) {
        var forced: [Identifier: Int] = [:]
        for member in json["forcedVariations"]?.object ?? [:] {
            forced[Identifier(unchecked: member.key)] = member.value.integer.flatMap { Int(exactly: $0) }
        }
        self.init(
            attributes: json["attributes"] ?? [:],
            url: json["url"]?.string ?? "",
            isEnabled: json["enabled"]?.bool ?? true,
            isInQualityAssurance: json["qaMode"]?.bool ?? false,
            forcedVariations: forced,
            stickyBuckets: json["stickyBucketAssignmentDocs"]?.object.map { documents in
                StickyBuckets(documents.map { StickyBuckets.Document($0.value) })
            }
        )
    }
}
