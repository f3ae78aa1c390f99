import HooklineExperiments
import HooklineStatistics

/// What is computed of one metric once its moments are read: every estimator and every way of looking, of all units and of 20
/// slices.
struct InferenceFigure {
    private static let comparisons = 21
    private static let unitsPerArm = 2_000
    private static let passes = 400
    private static let target = 1_000.0

    private enum Kind: CaseIterable {
        case proportion, sum, sumWithCovariate, ratioWithCovariate

        var name: String {
            switch self {
            case .proportion: "proportion"
            case .sum: "sum"
            case .sumWithCovariate: "sum, covariate"
            case .ratioWithCovariate: "ratio, covariate"
            }
        }

        var shape: JointMoments.Shape {
            switch self {
            case .proportion, .sum: []
            case .sumWithCovariate: [.covariate]
            case .ratioWithCovariate: [.denominator, .covariate]
            }
        }
    }

    static func run(_ report: inout Report) throws {
        let sequential = try sequentialMicroseconds()
        for kind in Kind.allCases {
            let arms = arms(kind)
            var samples = Samples()
            for _ in 0..<passes {
                let start = Machine.nanoseconds()
                for pair in arms { Sink.take(read(pair, kind)) }
                samples.add(Machine.nanoseconds() - start)
            }
            report.add(
                Figure(
                    name: "inference, all and 20 slices, \(kind.name)",
                    measured: samples.median,
                    unit: "us",
                    target: .atMost(target),
                    details: [
                        .init(name: "p99", value: samples.p99, unit: "us"),
                        .init(name: "one analysis of four, taken once and kept", value: sequential, unit: "us"),
                    ]
                )
            )
        }
    }

    private static func arms(_ kind: Kind) -> [[JointMoments]] {
        var random = SplitMix64(seed: 1)
        return (0..<comparisons).map { _ in
            (0..<2).map { arm in
                var moments = JointMoments(kind.shape)
                for _ in 0..<unitsPerArm {
                    let before = random.unit() * 40
                    let converts: Double = random.unit() < 0.1 + 0.01 * Double(arm) ? 1 : 0
                    let watched = (before + random.unit() * 20).rounded()
                    moments.add(
                        y: kind == .proportion ? converts : watched,
                        d: kind == .ratioWithCovariate ? 1 + (random.unit() * 5).rounded(.down) : nil,
                        x: kind.shape.contains(.covariate) ? before : nil
                    )
                }
                return moments
            }
        }
    }

    /// Everything that results have of one comparison; adds something of each, so that none is left out.
    private static func read(_ pair: [JointMoments], _ kind: Kind) -> UInt64 {
        let (control, treatment): (ArmSummary, ArmSummary)
        if kind.shape.contains(.covariate) {
            let adjusted = CovariateAdjustment.adjust(pair).arms
            (control, treatment) = (adjusted[0].summary, adjusted[1].summary)
        } else {
            (control, treatment) = (pair[0].summary, pair[1].summary)
        }
        let boundary = AnytimeBoundary(
            control: control.n,
            treatment: treatment.n,
            planned: AnytimeBoundary.defaultPlannedUnits,
            controlShare: 0.5
        )
        var sum = 0.0
        sum += (try? WelchTest.compare(control: control, treatment: treatment).get().pValue) ?? 0
        sum += (try? AnytimeTest.compare(control: control, treatment: treatment, boundary: boundary).get().pValue) ?? 0
        sum +=
            (try? PosteriorComparison.compare(
                control: control,
                treatment: treatment,
                effect: .lift,
                prior: .lift,
                direction: .increase
            ).get().chanceToWin) ?? 0
        sum +=
            (try? NonInferiorityTest.compare(
                control: control,
                treatment: treatment,
                direction: .increase,
                margin: .relative(0.02)
            ).get().pValue) ?? 0
        if kind == .proportion {
            let (first, second) = (proportion(control), proportion(treatment))
            sum += (try? ProportionTest.compare(control: first, treatment: second).get().pValue) ?? 0
        }
        return sum.bitPattern
    }

    private static func proportion(_ arm: ArmSummary) -> Proportion {
        Proportion(conversions: Int64(((arm.mean ?? 0) * Double(arm.n)).rounded()), units: arm.n)
    }

    private static func sequentialMicroseconds() throws -> Double {
        let pair = arms(.sum)[0]
        let design = try GroupSequentialDesign(alpha: 0.05, fractions: [0.25, 0.5, 0.75, 1])
        var samples = Samples()
        for _ in 0..<50 {
            let start = Machine.nanoseconds()
            let test = GroupSequentialTest.compare(control: pair[0].summary, treatment: pair[1].summary, design: design)
            Sink.take((try? test.get().pValue.bitPattern) ?? 0)
            samples.add(Machine.nanoseconds() - start)
        }
        return samples.median
    }
}
