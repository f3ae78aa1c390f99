import HooklinePrimitives

/// What rules and features say in Hookline's own terms: which experiment they are of, and when they hold.
struct ReferenceCheck {
    /// The variants of the experiments that may be named; nil where nobody knows.
    let experiments: [Identifier: [Identifier]]?

    /// What an experiment says itself, and its rule must not.
    private static let ofExperiments = [
        "coverage", "range", "seed", "hashAttribute", "fallbackAttribute", "hashVersion", "bucketVersion",
        "minBucketVersion",
        "force", "variations", "weights", "ranges", "meta", "key", "ramp", "contextualVariations",
        "contextualBanditRef",
    ]

    func check(_ experiment: JSONField, of rule: JSONFields) throws(FieldError) {
        let variants = try variants(of: experiment)
        for name in Self.ofExperiments {
            guard let field = rule.optional(name) else { continue }
            throw field.error("stands beside 'experiment'; the experiment itself says what belongs to it")
        }
        let values = try rule.required("values")
        let given = try values.object()
        guard let variants else { return }
        for (name, field) in given.all where !variants.contains(Identifier(unchecked: name)) {
            throw field.error("is no variant of the experiment; accepted are \(ExperimentRules.list(variants))")
        }
        for variant in variants where given.object[variant.text] == nil {
            throw values.error("has no value for the variant '\(variant)'")
        }
    }

    func check(holdout: JSONField) throws(FieldError) {
        let fields = try holdout.object()
        try fields.allowOnly("experiment", "value")
        _ = try variants(of: try fields.required("experiment"))
    }

    /// The variants of the experiment that is named.
    private func variants(of field: JSONField) throws(FieldError) -> [Identifier]? {
        let id = try field.identifier()
        guard let experiments else { return nil }
        guard let variants = experiments[id] else {
            throw field.error(
                "names the experiment '\(id)', which there is not, or whose units another system deals out"
            )
        }
        return variants
    }

    // MARK: Times

    static let maximumRampSteps = 100

    func check(times rule: JSONFields) throws(FieldError) {
        let from = try rule.optional("from")?.timestamp()
        if let field = rule.optional("until") {
            let until = try field.timestamp()
            if let from, until <= from { throw field.error("is not after 'from', so that the rule would never hold") }
        }
        guard let ramp = rule.optional("ramp") else { return }
        for name in ["coverage", "range", "ranges"] {
            guard let field = rule.optional(name) else { continue }
            throw field.error("stands beside 'ramp', which says it for every time; accepted is one of both")
        }
        let steps = try ramp.elements(maximumCount: Self.maximumRampSteps)
        guard !steps.isEmpty else {
            throw ramp.error("has no steps; accepted is [{\"at\": TIME, \"coverage\": 0.1}, ...]")
        }
        var last: Timestamp?
        for step in steps {
            let fields = try step.object()
            try fields.allowOnly("at", "coverage")
            let at = try fields.required("at")
            let moment = try at.timestamp()
            _ = try fields.required("coverage").double(in: 0...1)
            if let last, moment <= last { throw at.error("is not after the step before it") }
            last = moment
        }
    }
}
