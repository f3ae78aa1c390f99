/// What is held to its promises: the product's own estimators, unless a test puts a broken one in the place of one.
public struct ValidityEstimators: Sendable {
    /// A test of one look.
    public var single: @Sendable (ArmSummary, ArmSummary) -> Result<WelchTest, NotTestable>
    /// A test of all looks.
    public var anytime: @Sendable (ArmSummary, ArmSummary, AnytimeBoundary) -> Result<AnytimeTest, NotTestable>
    /// A test at an analysis of a group-sequential design.
    public var sequential:
        @Sendable (ArmSummary, ArmSummary, GroupSequentialDesign) -> Result<GroupSequentialTest, NotTestable>
    /// The p-value of a sample-ratio test of all looks.
    public var sampleRatio: @Sendable ([Int64], [Int]) -> Double
    /// The critical values of a group-sequential design.
    public var boundaries: @Sendable (GroupSequentialDesign) -> [Double]

    /// Those that results are made with.
    public static let product = ValidityEstimators(
        single: { WelchTest.compare(control: $0, treatment: $1) },
        anytime: { AnytimeTest.compare(control: $0, treatment: $1, boundary: $2) },
        sequential: { GroupSequentialTest.compare(control: $0, treatment: $1, design: $2) },
        sampleRatio: { (try? SequentialSampleRatioTest(observed: $0, weights: $1))?.pValue ?? 1 },
        boundaries: { $0.criticalValues() }
    )
}
