public import HooklinePrimitives

/// What an experiment is: everything that its author decides.
public struct ExperimentDefinition: Codable, Hashable, Sendable {
    public var id: Identifier
    public var name: String
    public var description: String
    /// The keys of the variants, in the order in which the buckets are dealt out.
    public var variants: [Identifier]
    /// The share of each variant, in their order, summing to 1.
    public var weights: [Double]
    /// The share of all units that takes part, above 0 and up to 1.
    public var coverage: Double
    /// Goes into the hash before the unit; experiments with the same seed allocate alike.
    public var seed: String
    public var unit: ExperimentUnit
    /// The variant that the others are compared with.
    public var control: Identifier
    public var metrics: [Metric]
    /// The properties of an exposure by whose values results can be broken down.
    public var dimensions: [Identifier]
    /// When it is read, and by what it is decided; nil reads it when it is concluded.
    public var plan: ExperimentPlan?
    /// Whether an arm that breaks a guardrail's margin, in a way that holds however often one looks, is halted at once.
    public var haltsOnBreach: Bool

    /// - Parameters:
    ///   - id: 1 to 128 bytes.
    ///   - name: for people, 1 to 256 bytes.
    ///   - description: for people, up to 8 KiB.
    ///   - variants: 2 to 1,000 different keys.
    ///   - split: the share of each variant; nil gives every variant the same.
    ///   - metrics: what is compared; observed metrics need not be declared.
    ///   - dimensions: properties of exposures, such as `country`; a unit is in the slice of its first exposure's value.
    ///   - plan: when it is read, and by what it is decided; nil reads it when it is concluded.
    ///   - haltsOnBreach: whether an arm that breaks a guardrail is halted at once. It takes a metric with a margin.
    ///   - coverage: the share of all units that takes part, above 0 and up to 1.
    ///   - unit: what is randomised.
    ///   - seed: goes into the hash before the unit; nil takes the id.
    ///   - control: nil takes the variant named `control`, or else the first.
    /// - Throws: `ExperimentError.invalid`, naming the field and what is accepted.
    public init(
        id: Identifier,
        name: String,
        description: String = "",
        variants: [Identifier],
        split: [Identifier: Double]? = nil,
        metrics: [Metric] = [],
        dimensions: [Identifier] = [],
        plan: ExperimentPlan? = nil,
        haltsOnBreach: Bool = false,
        coverage: Double = 1,
        unit: ExperimentUnit = .user,
        seed: String? = nil,
        control: Identifier? = nil
    ) throws(ExperimentError) {
        self.id = id
        self.name = name
        self.description = description
        self.variants = variants
        self.weights = try ExperimentRules.weights(of: variants, split: split)
        self.coverage = coverage
        self.seed = seed ?? id.text
        self.unit = unit
        self.control = control ?? variants.first { $0 == "control" } ?? variants.first ?? "control"
        self.metrics = metrics
        self.dimensions = dimensions
        self.plan = plan
        self.haltsOnBreach = haltsOnBreach
        try ExperimentRules.check(self)
    }

    /// Who sees what.
    public var allocation: Allocation {
        Allocation(seed: seed, weights: weights, coverage: coverage)
    }

    /// Whether the other definition allocates and measures alike, so that results of both belong together.
    func measuresLike(_ other: ExperimentDefinition) -> Bool {
        var renamed = other
        renamed.name = name
        renamed.description = description
        renamed.haltsOnBreach = haltsOnBreach
        return self == renamed
    }

    /// The fields in which another definition of the same experiment differs, by the names that they have in JSON.
    func fields(changedFrom other: ExperimentDefinition) -> [String] {
        let isEqual: [(String, Bool)] = [
            ("name", name == other.name), ("description", description == other.description),
            ("variants", variants == other.variants), ("split", weights == other.weights),
            ("coverage", coverage == other.coverage), ("seed", seed == other.seed), ("unit", unit == other.unit),
            ("control", control == other.control), ("metrics", metrics == other.metrics),
            ("dimensions", dimensions == other.dimensions), ("plan", plan == other.plan),
            ("halt_on_breach", haltsOnBreach == other.haltsOnBreach),
        ]
        return isEqual.filter { !$0.1 }.map(\.0)
    }
}

extension ExperimentDefinition {
    /// Definitions that were kept before there were dimensions, plans or halts have none.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(Identifier.self, forKey: .id)
        name = try container.decode(String.self, forKey: .name)
        description = try container.decode(String.self, forKey: .description)
        variants = try container.decode([Identifier].self, forKey: .variants)
        weights = try container.decode([Double].self, forKey: .weights)
        coverage = try container.decode(Double.self, forKey: .coverage)
        seed = try container.decode(String.self, forKey: .seed)
        unit = try container.decode(ExperimentUnit.self, forKey: .unit)
        control = try container.decode(Identifier.self, forKey: .control)
        metrics = try container.decode([Metric].self, forKey: .metrics)
        dimensions = try container.decodeIfPresent([Identifier].self, forKey: .dimensions) ?? []
        plan = try container.decodeIfPresent(ExperimentPlan.self, forKey: .plan)
        haltsOnBreach = try container.decodeIfPresent(Bool.self, forKey: .haltsOnBreach) ?? false
    }
}

/// An experiment and where it stands.
public struct Experiment: Sendable {
    public let definition: ExperimentDefinition
    public let state: ExperimentState
    /// From 1 on; grows when something that decides allocation or measurement changes after the start.
    public let version: Int
    /// Grows with every change of anything.
    public let revision: Int
    /// The variant that was chosen at the end.
    public let winner: Identifier?
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
    public let startedAt: Timestamp?
    public let concludedAt: Timestamp?
    /// The metrics that were added to the current version after its start, in the order in which they were.
    public let added: [AddedMetric]
    /// The arms of the current version that nobody is shown any more, in the order of their keys.
    public let halted: [HaltedArm]

    public var id: Identifier { definition.id }
}

extension Experiment {
    /// A metric that was added when the experiment had begun. Whoever adds one has seen results already, so it is not
    /// part of what the experiment set out to show.
    public struct AddedMetric: Sendable {
        public let metric: Metric
        public let addedAt: Timestamp
        /// Whether all units stand in it. Until then it has no results.
        public let isBuilt: Bool
    }

    /// An arm that was stopped while the others go on. Its units see control from then on, and no new one enters it.
    public struct HaltedArm: Sendable, Hashable {
        public let variant: Identifier
        public let at: Timestamp
        /// A sentence.
        public let reason: String
    }

    /// The halt of a variant; nil where it goes on.
    func halt(of variant: Identifier) -> HaltedArm? { halted.first { $0.variant == variant } }
}
