import HooklinePrimitives

/// One experiment of the demonstration, with what is true in its invented world.
struct DemoExperiment: Sendable {
    enum Scenario: String, CaseIterable, Sendable {
        /// The treatment is better.
        case winner = "hook"
        /// Both arms are the same.
        case same = "same"
        /// Both arms are the same, but of the treatment's viewers some who do not click are never reported.
        case broken = "split"
    }

    let scenario: Scenario
    /// In this run; earlier runs have taken others.
    let id: String
    /// Decides the allocation, so that every run with one seed is alike.
    let seed: String

    init(_ scenario: Scenario, run: Int, seed: UInt64) {
        self.scenario = scenario
        id = run == 1 ? "demo-\(scenario.rawValue)" : "demo-\(scenario.rawValue)-\(run)"
        self.seed = "demo-\(scenario.rawValue)-\(seed)"
    }

    static let control = "control"
    static let metric = "click_rate"

    var treatment: String {
        switch scenario {
        case .winner: "question"
        case .same: "same-again"
        case .broken: "autoplay"
        }
    }

    var name: String {
        switch scenario {
        case .winner: "Simulation: a question as the hook"
        case .same: "Simulation: the same video twice"
        case .broken: "Simulation: autoplay, with exposures that get lost"
        }
    }

    /// What is true, in a few words.
    var truth: String {
        switch scenario {
        case .winner: "10 % click, 14 % with the question"
        case .same: "10 % click in both arms"
        case .broken: "10 % in both arms, reports get lost"
        }
    }

    /// The share of the viewers of an arm who click.
    func clickRate(of variant: String) -> Double {
        scenario == .winner && variant != Self.control ? Self.winningRate : Self.baseRate
    }

    static let baseRate = 0.10
    static let winningRate = 0.14
    /// The share of the reports that get lost, of the treatment's viewers who do not click.
    static let lossRate = 0.25

    /// Whether the page of the viewer says itself that it has shown its variant, which is what can get lost. In the other
    /// experiments the server notes it when it allocates.
    var reportsExposures: Bool { scenario == .broken }

    func definition(viewers: Int) -> JSON {
        [
            "id": .string(id),
            "name": .string(name),
            "description": "Made by 'hookline demo'. Its viewers are invented.",
            "variants": [.string(Self.control), .string(treatment)],
            "metrics": [["name": .string(Self.metric), "kind": "proportion", "event": "click"]],
            "plan": ["units": JSON(viewers)],
            "seed": .string(seed),
        ]
    }

    var expected: DemoVerdict {
        switch scenario {
        case .winner: .winner(treatment)
        case .same: .noDifference
        case .broken: .doNotTrust
        }
    }
}
