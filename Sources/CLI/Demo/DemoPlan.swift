import HooklineStatistics

/// How many viewers each experiment needs, decided before the first one arrives.
struct DemoPlan: Sendable {
    /// Of each experiment.
    let viewers: Int
    /// How long they take to arrive, if the server keeps up.
    let seconds: Double
    let seed: UInt64
    let experiments: [DemoExperiment]

    init(viewers: Int, seconds: Double, seed: UInt64, run: Int) {
        (self.viewers, self.seconds, self.seed) = (viewers, seconds, seed)
        experiments = DemoExperiment.Scenario.allCases.map { DemoExperiment($0, run: run, seed: seed) }
    }

    /// Finds the winner in 99.7 % of all tests; see ``power``.
    static let defaultViewers = 6000
    static let defaultSeconds = 25.0
    /// With this one the test without a difference is below 5 % for a while on its way, which one in three is.
    static let defaultSeed: UInt64 = 53
    static let acceptedViewers = 100...1_000_000
    static let acceptedSeconds = 0.0...3600.0

    var totalViewers: Int { viewers * experiments.count }

    /// The probability that the winner's difference is significant at the planned size: that of a two-sided test of two
    /// proportions at 5 %, by the normal approximation.
    var power: Double {
        let (control, treatment) = (DemoExperiment.baseRate, DemoExperiment.winningRate)
        let variance = control * (1 - control) + treatment * (1 - treatment)
        let standardError = (variance / (Double(viewers) / 2)).squareRoot()
        return Normal.cdf((treatment - control) / standardError - Normal.quantile(1 - Self.level / 2))
    }

    static let level = 0.05

    /// The viewer who arrives at a place in the stream; the experiments take turns.
    func viewer(at arrival: Int) -> DemoViewer {
        DemoViewer(arrival / experiments.count, of: experiments[arrival % experiments.count], seed: seed)
    }

    /// When the viewer at a place arrives, after the start.
    func time(of arrival: Int) -> Duration {
        .seconds(seconds * Double(arrival) / Double(max(totalViewers, 1)))
    }
}
