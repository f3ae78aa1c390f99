public import HooklinePrimitives
public import HooklineStatistics

/// Whether the units were dealt out as planned. Where they were not, something is broken and no other number counts.
public struct SampleRatio: Sendable {
    public enum Status: String, Sendable {
        case ok
        /// The p-value is below the threshold: that of the sequential test while the experiment is measured, that of the
        /// chi-squared test when it is over and is looked at once.
        case mismatch
        /// Nobody was exposed yet.
        case notEnoughData = "not_enough_data"
        /// The experiment has neither exposures nor results of units that somebody else has dealt out.
        case notChecked = "not_checked"
    }

    public struct Arm: Sendable {
        public let variant: Identifier
        public let observed: Int64
        /// Nil where there is no test.
        public let expected: Double?
    }

    public let status: Status
    /// The chi-squared test against the buckets realised; nil where there is nothing to test.
    public let test: SampleRatioTest?
    /// The test that holds however often one looks; nil where there is nothing to test.
    public let sequential: SequentialSampleRatioTest?
    public let arms: [Arm]
    /// What was counted: `exposures`, or the units of an observed metric.
    public let source: String?

    /// A mismatch is called where the p-value is below: small, because every experiment is a test.
    public static let threshold = 0.001
}

extension SampleRatio {
    /// Where nothing was tested.
    init(_ status: Status, _ experiment: Experiment, _ counts: [Int64]? = nil) {
        let arms = experiment.definition.variants.enumerated().map { index, variant in
            Arm(variant: variant, observed: counts?[index] ?? 0, expected: nil)
        }
        self.init(status: status, test: nil, sequential: nil, arms: arms, source: nil)
    }

    /// - Parameters:
    ///   - counts: The units of each variant.
    ///   - weights: The share that each was to have, in any unit.
    ///   - experiment: Whose arms they are.
    ///   - source: What was counted.
    init(_ counts: [Int64], _ weights: [Int], of experiment: Experiment, source: String) {
        let variants = experiment.definition.variants
        // An arm that was halted has no new units, and those of before are as many as they happened to be.
        let goingOn = variants.indices.filter { experiment.halt(of: variants[$0]) == nil }
        guard goingOn.count > 1 else {
            self.init(.notChecked, experiment, counts)
            return
        }
        let (units, shares) = (goingOn.map { counts[$0] }, goingOn.map { weights[$0] })
        guard let test = try? SampleRatioTest(observed: units, weights: shares),
            let sequential = try? SequentialSampleRatioTest(observed: units, weights: shares)
        else {
            self.init(.notEnoughData, experiment, counts)
            return
        }
        let expected = Dictionary(uniqueKeysWithValues: zip(goingOn, test.expected))
        let pValue = experiment.state == .concluded ? test.pValue : sequential.pValue
        self.init(
            status: pValue < Self.threshold ? .mismatch : .ok,
            test: test,
            sequential: sequential,
            arms: variants.indices.map { Arm(variant: variants[$0], observed: counts[$0], expected: expected[$0]) },
            source: source
        )
    }
}
