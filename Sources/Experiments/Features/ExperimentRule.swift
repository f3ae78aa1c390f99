import HooklinePrimitives

/// A rule that names an experiment, in GrowthBook's terms: units get by it what `Experiments.allocate` answers.
struct ExperimentRule {
    private let experiment: Experiment
    private let rule: JSONObject
    /// By variant, in their order.
    private let values: [JSON]
    private let control: JSON

    /// - Parameters:
    ///   - experiment: As it stands.
    ///   - rule: What the rule says beside: a condition, prerequisites, filters, a namespace.
    ///   - values: Of the variants.
    ///   - value: Of variants that `values` does not have.
    init(_ experiment: Experiment, _ rule: JSONObject, values: JSONObject, else value: JSON) {
        self.experiment = experiment
        self.rule = rule
        self.values = experiment.definition.variants.map { values[$0.text] ?? value }
        control = values[experiment.definition.control.text] ?? value
    }

    /// - Parameter isForPaused: Whether units that were exposed before a pause keep their variant.
    func rules(isForPaused: Bool) -> [JSONObject] {
        switch experiment.state {
        case .draft: []
        case .concluded: [released]
        case .running: dealt
        case .paused: (isForPaused ? [dealt(isClosed: true)] : []) + shownControl(ranges)
        }
    }

    /// As while it runs.
    var dealt: [JSONObject] { [dealt(isClosed: false)] + shownControl(halted) }

    /// All whom the rule is for see the winner, or else control.
    private var released: JSONObject {
        let winner = experiment.winner.flatMap { experiment.definition.variants.firstIndex(of: $0) }
        var released = rule
        for name in ["namespace", "filters"] { released[name] = nil }
        released["force"] = winner.map { values[$0] } ?? control
        return released
    }

    private func dealt(isClosed: Bool) -> JSONObject {
        let definition = experiment.definition
        var dealt = rule
        dealt["key"] = .string(definition.id.text)
        dealt["name"] = .string(definition.name)
        dealt["variations"] = .array(values)
        dealt["meta"] = .array(definition.variants.map { ["key": .string($0.text)] })
        dealt["seed"] = .string(definition.seed)
        dealt["hashVersion"] = 2
        dealt["hashAttribute"] = .string(attribute)
        dealt["coverage"] = .number(definition.coverage)
        dealt["weights"] = .array(definition.weights.map { .number($0) })
        // Experiments are dealt out by their hash alone: another split is another version.
        dealt["disableStickyBucketing"] = true
        if !halted.isEmpty {
            dealt["ranges"] = .array(
                zip(definition.variants, ranges).map { variant, range in
                    experiment.halt(of: variant) == nil ? range.json : BucketRange(0, 0).json
                }
            )
        }
        if isClosed { dealt[FeatureExperiment.closed] = true }
        return dealt
    }

    /// Units of ranges see control, and are in no experiment.
    private func shownControl(_ ranges: [BucketRange]) -> [JSONObject] {
        guard !ranges.isEmpty else { return [] }
        var shown = rule
        var filters = rule["filters"]?.array ?? []
        if filters.isEmpty, let namespace = rule["namespace"]?.array, namespace.count == 3, let id = namespace[0].string
        {
            // A filter of the first hash is what a namespace is.
            filters.append(
                [
                    "seed": .string("__" + id), "hashVersion": 1, "attribute": .string(attribute),
                    "ranges": [[namespace[1], namespace[2]]],
                ]
            )
        }
        filters.append(
            [
                "seed": .string(experiment.definition.seed), "hashVersion": 2, "attribute": .string(attribute),
                "ranges": .array(ranges.map(\.json)),
            ]
        )
        shown["namespace"] = nil
        shown["filters"] = .array(filters)
        shown["force"] = control
        return [shown]
    }

    private var ranges: [BucketRange] {
        let definition = experiment.definition
        return BucketRange.of(
            definition.variants.count,
            coverage: definition.coverage,
            weights: definition.weights
        )
    }

    private var halted: [BucketRange] {
        zip(experiment.definition.variants, ranges).filter { experiment.halt(of: $0.0) != nil }.map(\.1)
    }

    private var attribute: String { experiment.definition.unit.attribute }
}

extension ExperimentUnit {
    /// The attribute of a context that has the unit.
    var attribute: String {
        switch self {
        case .user, .external: EvaluationContext.userAttribute
        case .content: EvaluationContext.contentAttribute
        case .attribute(let name): name.text
        }
    }
}

extension BucketRange {
    var json: JSON { [.number(start), .number(end)] }
}
