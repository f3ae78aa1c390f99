public import HooklinePrimitives

/// What somebody wants to change of a definition; nil leaves a part as it is.
public struct ExperimentChange: Sendable {
    public var name: String?
    public var description: String?
    public var variants: [Identifier]?
    /// Needed with new variants unless they are to share equally.
    public var split: [Identifier: Double]?
    public var coverage: Double?
    public var seed: String?
    public var unit: ExperimentUnit?
    public var control: Identifier?
    /// Named ones are taken as they stand when the change is made.
    public var metrics: [MetricChoice]?
    public var dimensions: [Identifier]?
    /// `.some(nil)` takes the plan away.
    public var plan: ExperimentPlan??
    public var haltsOnBreach: Bool?

    public init() {}

    /// - Parameter metrics: what `self.metrics` has come to.
    /// - Throws: `ExperimentError.invalid`, naming the field.
    func applied(
        to definition: ExperimentDefinition,
        metrics: [Metric]?
    ) throws(ExperimentError) -> ExperimentDefinition {
        var changed = definition
        if let variants {
            changed.variants = variants
            changed.weights = try ExperimentRules.weights(of: variants, split: split)
            if !variants.contains(definition.control), let first = variants.first { changed.control = first }
        } else if let split {
            changed.weights = try ExperimentRules.weights(of: definition.variants, split: split)
        }
        if let name { changed.name = name }
        if let description { changed.description = description }
        if let coverage { changed.coverage = coverage }
        if let seed { changed.seed = seed }
        if let unit { changed.unit = unit }
        if let control { changed.control = control }
        if let metrics { changed.metrics = metrics }
        if let dimensions { changed.dimensions = dimensions }
        if let plan { changed.plan = plan }
        if let haltsOnBreach { changed.haltsOnBreach = haltsOnBreach }
        try ExperimentRules.check(changed)
        return changed
    }
}
