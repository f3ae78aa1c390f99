import HooklinePrimitives

/// One variant in the answer of `/results`, with what the tables show of it.
struct VariantRow: Sendable {
    let variant: String
    let isControl: Bool
    let n: Int64
    let mean: Double?
    /// After a covariate has taken its share out; nil without one. The lift compares it.
    let adjustedMean: Double?
    let standardDeviation: Double?
    let controlMean: Double?
    let difference: Double?
    let interval: Interval?
    /// In percent, and its interval too.
    let lift: Double?
    let liftInterval: Interval?
    /// At the planned read; nil before it.
    let pValue: Double?
    let log10PValue: Double?
    let isSignificant: Bool
    /// What holds however often one looks.
    let anytime: Anytime
    let notTestable: String?
    /// `holds`, `violated` or `undecided`; nil but for a guardrail with a margin.
    let guardrail: String?
    let isHalted: Bool
    /// Over all tests that are listed together (Benjamini and Hochberg); nil where there is no p-value.
    var adjustedPValue: Double?

    struct Interval: Sendable, Equatable {
        let low: Double
        let high: Double

        init?(_ json: JSON?) {
            guard let low = json?[0]?.double, let high = json?[1]?.double else { return nil }
            (self.low, self.high) = (low, high)
        }
    }

    struct Anytime: Sendable, Equatable {
        let pValue: Double?
        let log10PValue: Double?
        /// In percent.
        let liftInterval: Interval?
        let isSignificant: Bool

        init(_ json: JSON?) {
            pValue = json?["p_value"]?.double
            log10PValue = json?["log10_p_value"]?.double
            liftInterval = Interval(json?["lift_confidence_interval"])
            isSignificant = json?["significant"]?.bool ?? false
        }
    }

    init(_ json: JSON) {
        variant = json["variant"]?.string ?? ""
        isControl = json["control"]?.bool ?? false
        n = json["n"]?.integer ?? 0
        mean = json["mean"]?.double
        adjustedMean = json["adjusted_mean"]?.double
        standardDeviation = json["sd"]?.double
        controlMean = json["control_mean"]?.double
        difference = json["difference"]?.double
        interval = Interval(json["confidence_interval"])
        lift = json["lift"]?.double
        liftInterval = Interval(json["lift_confidence_interval"])
        pValue = json["p_value"]?.double.flatMap { (0...1).contains($0) ? $0 : nil }
        log10PValue = json["log10_p_value"]?.double
        isSignificant = json["significant"]?.bool ?? false
        anytime = Anytime(json["anytime"])
        notTestable = json["not_testable"]?.string
        guardrail = json["guardrail"]?.string
        isHalted = json["halted_at"]?.string != nil
    }
}
