/// What the numbers of an experiment say once it has its planned size.
enum DemoVerdict: Sendable, Equatable {
    case winner(String)
    case noDifference
    /// The arms have other sizes than chance gives them, so something is broken and no number means what it says.
    case doNotTrust
    /// There is not enough to decide.
    case undecided(String)

    /// The sample ratio goes first: a test that fails it decides nothing, however small its p-value is.
    init(_ result: ExperimentResult) {
        guard !result.sampleRatio.isMismatch else {
            self = .doNotTrust
            return
        }
        guard let rows = result[DemoExperiment.metric], let treatment = rows.treatments.first else {
            self = .undecided("nothing was measured")
            return
        }
        guard let p = treatment.pValue, let difference = treatment.difference else {
            self = .undecided(treatment.notTestable ?? "there is no p-value")
            return
        }
        guard p < DemoPlan.level else {
            self = .noDifference
            return
        }
        self = .winner(difference > 0 ? treatment.variant : DemoExperiment.control)
    }

    var text: String {
        switch self {
        case .winner(let variant): "winner: \(variant)"
        case .noDifference: "no difference found"
        case .doNotTrust: "do not trust: sample ratio"
        case .undecided(let reason): "undecided: \(reason)"
        }
    }

    var colour: Style.Colour {
        switch self {
        case .winner: .green
        case .noDifference: .bold
        case .doNotTrust: .red
        case .undecided: .yellow
        }
    }

    /// The variant that everybody is to see from now on.
    var winner: String? {
        if case .winner(let variant) = self { variant } else { nil }
    }
}
