import HooklinePrimitives

/// What a definition must keep to.
public enum ExperimentRules {
    /// More would leave a variant fewer than ten of the 10,000 buckets on average.
    public static let maximumVariants = 1000
    /// One bucket.
    public static let minimumWeight = 1.0 / Double(AllocationHash.bucketCount)
    /// How far the weights' sum may be from 1, for shares written with six digits.
    public static let weightSumTolerance = 1e-6
    public static let maximumIDBytes = 128
    public static let maximumVariantBytes = 128
    public static let maximumNameBytes = 256
    public static let maximumDescriptionBytes = 8192
    public static let maximumSeedBytes = 256
    public static let maximumDimensions = 10
    /// Of a reason that somebody gives.
    public static let maximumReasonBytes = 1024

    /// The weights in the order of the variants; equal ones where no split is given.
    static func weights(of variants: [Identifier], split: [Identifier: Double]?) throws(ExperimentError) -> [Double] {
        guard let split else { return variants.map { _ in 1 / Double(variants.count) } }
        for key in split.keys.sorted() where !variants.contains(key) {
            throw .invalid(field: "split.\(key)", problem: "is no variant; accepted are \(list(variants))")
        }
        var weights: [Double] = []
        for variant in variants {
            guard let weight = split[variant] else {
                throw .invalid(field: "split.\(variant)", problem: "is missing; a split gives every variant a weight")
            }
            weights.append(weight)
        }
        return weights
    }

    static func check(_ definition: ExperimentDefinition) throws(ExperimentError) {
        try checkLength(definition.id.text, "id", 1...maximumIDBytes)
        try checkLength(definition.name, "name", 1...maximumNameBytes)
        try checkLength(definition.description, "description", 0...maximumDescriptionBytes)
        try checkLength(definition.seed, "seed", 1...maximumSeedBytes)
        try checkVariants(definition.variants)
        try checkWeights(definition.weights, of: definition.variants)
        guard definition.coverage > 0, definition.coverage <= 1 else {
            throw .invalid(
                field: "coverage",
                problem: "is \(definition.coverage); accepted is a number above 0 and up to 1"
            )
        }
        guard definition.variants.contains(definition.control) else {
            throw .invalid(
                field: "control",
                problem: "'\(definition.control)' is no variant; accepted are \(list(definition.variants))"
            )
        }
        let smallest = (definition.weights.min() ?? 0) * definition.coverage
        guard definition.unit == .external || smallest >= minimumWeight else {
            throw .invalid(
                field: "coverage",
                problem: "times the smallest weight is \(smallest); accepted is a product of at least \(minimumWeight)"
            )
        }
        try checkMetrics(definition.metrics, unit: definition.unit)
        try checkDimensions(definition)
        try definition.plan?.check(metrics: definition.metrics)
        try checkHalts(definition)
    }

    private static func checkHalts(_ definition: ExperimentDefinition) throws(ExperimentError) {
        guard definition.haltsOnBreach else { return }
        guard definition.unit != .external else {
            throw .invalid(
                field: "halt_on_breach",
                problem: "is true, but the units are external: who sees what is decided elsewhere"
            )
        }
        guard definition.metrics.contains(where: { $0.margin != nil }) else {
            throw .invalid(
                field: "halt_on_breach",
                problem: "is true, but no metric has a margin; it takes a guardrail with one"
            )
        }
    }

    private static func checkDimensions(_ definition: ExperimentDefinition) throws(ExperimentError) {
        let dimensions = definition.dimensions
        guard dimensions.count <= maximumDimensions else {
            throw .invalid(
                field: "dimensions",
                problem: "has \(dimensions.count) members; accepted are at most \(maximumDimensions)"
            )
        }
        for (index, dimension) in dimensions.enumerated() {
            try checkLength(dimension.text, "dimensions[\(index)]", 1...MetricRules.maximumPropertyBytes)
            guard dimensions.firstIndex(of: dimension) == index else {
                throw .invalid(field: "dimensions[\(index)]", problem: "'\(dimension)' occurs twice")
            }
        }
        guard dimensions.isEmpty || definition.unit != .external else {
            throw .invalid(
                field: "dimensions",
                problem: "have no use for external units, which have no exposures here"
            )
        }
    }

    private static func checkVariants(_ variants: [Identifier]) throws(ExperimentError) {
        guard (2...maximumVariants).contains(variants.count) else {
            throw .invalid(
                field: "variants",
                problem: "has \(variants.count) members; accepted are 2 to \(maximumVariants)"
            )
        }
        var seen: Set<Identifier> = []
        for (index, variant) in variants.enumerated() {
            try checkLength(variant.text, "variants[\(index)]", 1...maximumVariantBytes)
            guard seen.insert(variant).inserted else {
                throw .invalid(field: "variants[\(index)]", problem: "'\(variant)' occurs twice")
            }
        }
    }

    private static func checkWeights(_ weights: [Double], of variants: [Identifier]) throws(ExperimentError) {
        for (variant, weight) in zip(variants, weights) where !(weight >= minimumWeight && weight <= 1) {
            throw .invalid(
                field: "split.\(variant)",
                problem: "is \(weight); accepted is a weight from \(minimumWeight) to 1"
            )
        }
        let sum = weights.reduce(0, +)
        guard abs(sum - 1) <= weightSumTolerance else {
            throw .invalid(field: "split", problem: "sums to \(sum); accepted are weights that sum to 1")
        }
    }

    private static func checkMetrics(_ metrics: [Metric], unit: ExperimentUnit) throws(ExperimentError) {
        try checkMetricCount(metrics.count)
        var seen: Set<Identifier> = []
        for (index, metric) in metrics.enumerated() {
            let field = "metrics[\(index)]"
            try MetricRules.check(metric, field)
            if case .attribute = unit, metric.covariate != nil {
                throw .invalid(
                    field: "\(field).covariate",
                    problem: "has no use where units are an attribute: events before the start are not found by it"
                )
            }
            guard seen.insert(metric.name).inserted else {
                throw .invalid(field: "\(field).name", problem: "'\(metric.name)' occurs twice")
            }
        }
    }

    /// What a metric must keep to that is added after the start.
    static func check(added metric: Metric, to experiment: Experiment) throws(ExperimentError) {
        guard metric.kind != .observation else {
            throw .invalid(
                field: "kind",
                problem: "is observation; what is observed need not be declared, accepted is any other kind"
            )
        }
        guard experiment.definition.unit != .external else {
            throw .invalid(field: "kind", problem: "is folded from events, but the units are external")
        }
        var all = experiment.definition.metrics + experiment.added.map(\.metric)
        guard !all.contains(where: { $0.name == metric.name }) else {
            throw .invalid(field: "name", problem: "'\(metric.name)' is a metric of the experiment already")
        }
        all.append(metric)
        try MetricRules.check(metric, "")
        try checkMetrics(all, unit: experiment.definition.unit)
    }

    static func checkMetricCount(_ count: Int) throws(ExperimentError) {
        guard count <= Metric.maximumPerExperiment else {
            throw .invalid(
                field: "metrics",
                problem: "has \(count) members; accepted are at most \(Metric.maximumPerExperiment)"
            )
        }
    }

    static func checkLength(_ text: String, _ field: String, _ accepted: ClosedRange<Int>)
        throws(ExperimentError)
    {
        guard accepted.contains(text.utf8.count) else {
            throw .invalid(
                field: field,
                problem:
                    "is \(text.utf8.count) bytes long; accepted are \(accepted.lowerBound) to \(accepted.upperBound)"
            )
        }
        // U+0000 cannot be stored everywhere, so it is stored nowhere.
        guard !text.utf8.contains(0) else {
            throw .invalid(field: field, problem: "contains U+0000, which is refused everywhere")
        }
    }

    /// The first members of a list, for a message.
    static func list(_ identifiers: [Identifier]) -> String {
        let shown = identifiers.prefix(10).map { "'\($0)'" }.joined(separator: ", ")
        return identifiers.count > 10 ? shown + " and \(identifiers.count - 10) more" : shown
    }
}
