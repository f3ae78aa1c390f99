public import HooklinePrimitives

/// Who asks for features, and what was said of them.
public struct EvaluationContext: Sendable {
    /// An object: whatever is known of the unit.
    public var attributes: JSON
    /// Everything else, which few contexts have: an evaluation copies its context, so it is one word.
    private var settings: Settings?

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
        let isPlain =
            url.isEmpty && isEnabled && !isInQualityAssurance && forcedVariations.isEmpty && forcedValues.isEmpty
            && stickyBuckets == nil
        guard !isPlain else { return }
        var values = Settings.Values()
        values.url = url
        values.isEnabled = isEnabled
        values.isInQualityAssurance = isInQualityAssurance
        values.forcedVariations = forcedVariations
        values.forcedValues = forcedValues
        values.stickyBuckets = stickyBuckets
        settings = Settings(values)
    }

    /// Whether it says anything beside its attributes.
    var hasSettings: Bool { settings != nil }

    private final class Settings: Sendable {
        struct Values: Sendable {
            var url = ""
            var isEnabled = true
            var isInQualityAssurance = false
            var forcedVariations: [Identifier: Int] = [:]
            var forcedValues: [Identifier: JSON] = [:]
            var stickyBuckets: StickyBuckets?
            var enrolled: Set<Identifier> = []
        }

        let values: Values

        init(_ values: Values) { self.values = values }
    }

    private subscript<Value>(setting: WritableKeyPath<Settings.Values, Value>, else value: Value) -> Value {
        get { settings?.values[keyPath: setting] ?? value }
        set {
            var values = settings?.values ?? Settings.Values()
            values[keyPath: setting] = newValue
            settings = Settings(values)
        }
    }
}

extension EvaluationContext {
    /// The page that is looked at; empty where there is none.
    public var url: String {
        get { self[\.url, else: ""] }
        set { self[\.url, else: ""] = newValue }
    }

    /// False takes nobody into an experiment.
    public var isEnabled: Bool {
        get { self[\.isEnabled, else: true] }
        set { self[\.isEnabled, else: true] = newValue }
    }

    /// In quality assurance, nobody is in an experiment but who is forced.
    public var isInQualityAssurance: Bool {
        get { self[\.isInQualityAssurance, else: false] }
        set { self[\.isInQualityAssurance, else: false] = newValue }
    }

    /// The variations that experiments are forced to, by their keys.
    public var forcedVariations: [Identifier: Int] {
        get { self[\.forcedVariations, else: [:]] }
        set { self[\.forcedVariations, else: [:]] = newValue }
    }

    /// The values that features are forced to.
    public var forcedValues: [Identifier: JSON] {
        get { self[\.forcedValues, else: [:]] }
        set { self[\.forcedValues, else: [:]] = newValue }
    }

    /// What units were assigned before; nil where nothing is to stick.
    public var stickyBuckets: StickyBuckets? {
        get { self[\.stickyBuckets, else: nil] }
        set { self[\.stickyBuckets, else: nil] = newValue }
    }

    /// The experiments that the unit was exposed to before they were paused. Only who keeps exposures knows it.
    var enrolled: Set<Identifier> {
        get { self[\.enrolled, else: []] }
        set { self[\.enrolled, else: []] = newValue }
    }
}

extension EvaluationContext {
    /// The attributes that stand for the viewer and for the content.
    public static let userAttribute = "id"
    public static let contentAttribute = "content_id"

    /// Whom a choice is made for: the value of the attribute by which units are dealt out, or where that is empty of the fallback.
    func unit(by attribute: TextKey, or fallback: TextKey?) -> Unit {
        if case .object(let object) = attributes {
            if let unit = object.withValue(of: attribute, { Unit($0) }), !unit.isEmpty { return unit }
            let other = fallback.flatMap { object.withValue(of: $0) { Unit($0, isByFallback: true) } }
            if let other, !other.isEmpty { return other }
        }
        return Unit("")
    }

    struct Unit {
        let value: JSON
        let isByFallback: Bool
        let isEmpty: Bool

        init(_ value: JSON, isByFallback: Bool = false) {
            self.value = value
            self.isByFallback = isByFallback
            isEmpty = !value.isTruthy
        }

        /// What is hashed.
        var text: String {
            if case .string(let text) = value { text } else { value.scriptText }
        }
    }
}

extension EvaluationContext {
    /// The variation that the page's address or the context itself asks for; nil where neither does.
    func variation(askedOf experiment: FeatureExperiment) -> Int? {
        QueryOverride.variation(of: experiment.key, in: url, variations: experiment.variations.count)
            ?? forcedVariations[Identifier(unchecked: experiment.key)]
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
