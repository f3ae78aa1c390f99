import ArgumentParser
import HooklineStatistics

/// What is known of a metric before an experiment, and what is to be found.
struct PlannedMetricOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The share of units that convert under control, for a proportion.", valueName: "share"))
    var baseline: Double?

    @Option(
        help: ArgumentHelp("The mean of units under control, for any other metric; with --sd.", valueName: "number")
    )
    var mean: Double?

    @Option(help: ArgumentHelp("The standard deviation of units.", valueName: "number"))
    var sd: Double?

    @Option(
        help: ArgumentHelp(
            "The change that is to be found, as a share of control: 0.1 for ten percent.",
            valueName: "share"
        )
    )
    var effect: Double

    @Option(help: ArgumentHelp("The control's share of the units of both arms.", valueName: "share"))
    var controlShare = 0.5

    @Option(help: "The chance of a difference where there is none, two-sided.")
    var alpha = 0.05

    func validate() throws {
        guard (baseline == nil) != (mean == nil) else {
            throw ValidationError("give --baseline for a proportion, or --mean and --sd for any other metric")
        }
        guard (mean == nil) == (sd == nil) else { throw ValidationError("--mean and --sd belong together") }
        guard alpha > 0, alpha < 1 else {
            throw ValidationError("--alpha is \(alpha); accepted is a number above 0 and below 1")
        }
        guard controlShare > 0, controlShare < 1 else {
            throw ValidationError("--control-share is \(controlShare); accepted is a number above 0 and below 1")
        }
    }

    private var metric: PlannedMetric {
        if let baseline { return .proportion(baseline: baseline) }
        let deviation = sd ?? 0
        return .mean(
            baseline: mean,
            controlStandardDeviation: deviation,
            treatmentStandardDeviation: deviation
        )
    }

    /// What a mode needs, and finds.
    func analysis(_ mode: PowerMode) throws(PowerInputError) -> PowerAnalysis {
        try PowerAnalysis(
            metric: metric,
            controlShare: controlShare,
            treatmentShare: 1 - controlShare,
            alpha: alpha,
            mode: mode
        )
    }

    /// How it may be read: once, at some analyses, and at any time, of which a hundred looks stand for all.
    func modes(analyses: Int) -> [(name: String, mode: PowerMode)] {
        let fractions = { (looks: Int) in (1...looks).map { Double($0) / Double(looks) } }
        let boundaries = fractions(Self.looksAtAnyTime).map {
            AnytimeBoundary(information: $0).criticalValue(alpha: alpha)
        }
        return [
            ("once, at the end", .fixed),
            ("at \(analyses) planned analyses", .groupSequential(fractions: fractions(analyses))),
            ("at any time", .boundaries(fractions: fractions(Self.looksAtAnyTime), criticalValues: boundaries)),
        ]
    }

    private static let looksAtAnyTime = 100
}

extension PowerInputError {
    /// In the words of the command line.
    var flag: String {
        let name =
            switch field {
            case .controlShare, .treatmentShare: "--control-share"
            case .controlStandardDeviation, .treatmentStandardDeviation: "--sd"
            case .fractions, .criticalValues: "--analyses"
            case .alpha, .power, .baseline, .effect, .margin, .units: "--\(field.rawValue)"
            }
        return "\(name) \(problem); accepted is \(accepted)"
    }
}
