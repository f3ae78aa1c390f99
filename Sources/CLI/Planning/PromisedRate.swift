import HooklineStatistics

/// One thing that should be said of few experiments, and of how many it was said.
struct PromisedRate {
    let what: String
    let rate: ObservedRate
    let promise: Double
    /// What it must not be below, where never saying it would mean that nothing is seen at all.
    var floor: Double?

    /// Whether chance cannot explain what was seen.
    var isBroken: Bool {
        rate.lowerLimit(confidence: 0.999) > promise || floor.map { rate.upperLimit(confidence: 0.999) < $0 } ?? false
    }

    var bar: String { "at most \(promise)" + (floor.map { " and not below \($0)" } ?? "") }

    var seen: String {
        let lower = NumberText.fixed(rate.lowerLimit(confidence: 0.999), digits: 4)
        return "\(NumberText.fixed(rate.share, digits: 4)) (lower limit \(lower))"
    }
}
