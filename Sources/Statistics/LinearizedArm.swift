/// An arm's estimate `R = Y / D` with the exact products of its linearised units `L = (y - R d) / (D / n)`.
///
/// The linearised units have the total 0, and R varies as their mean does (the delta method: Deng, Knoblich and Lu, KDD
/// 2018). So ratios and means are one case: without a denominator every d is 1, D is n, R the mean, and L is y without
/// it. All results are whole fractions of the exact sums.
struct LinearizedArm {
    private let n: WideNumber
    private let total: WideNumber
    private let denominators: WideNumber
    /// `G = D^2 sum y^2 - 2 Y D sum y d + Y^2 sum d^2`: D^2 times the sum of `(y - R d)^2`.
    private let spread: WideNumber
    /// `C = D sum y x - Y sum d x`: D times the sum of `(y - R d) x`; 0 without a covariate.
    private let cross: WideNumber
    /// `P = n sum x^2 - X^2`: n times the sum of `(x - mean of x)^2`; 0 without a covariate.
    private let covariateSpread: WideNumber

    /// nil where the denominators do not add up to more than 0.
    init?(_ moments: JointMoments) {
        let sum = { (variable: JointMoments.Variable) in moments.sum(of: variable).map { WideNumber($0) } }
        let products = { (first: JointMoments.Variable, second: JointMoments.Variable) in
            moments.sumOfProducts(of: first, and: second).map { WideNumber($0) }
        }
        n = WideNumber(moments.count)
        denominators = sum(.denominator) ?? n
        guard !denominators.isZero, !denominators.isNegative else { return nil }
        total = sum(.value) ?? .zero
        let squares = products(.value, .value) ?? .zero
        let mixed = products(.value, .denominator) ?? total
        let squaredDenominators = products(.denominator, .denominator) ?? n
        spread =
            denominators * denominators * squares
            - WideNumber(2) * total * denominators * mixed
            + total * total * squaredDenominators
        let covariates = sum(.covariate) ?? .zero
        let valueTimesCovariate = products(.value, .covariate) ?? .zero
        let denominatorTimesCovariate = products(.denominator, .covariate) ?? covariates
        cross = denominators * valueTimesCovariate - total * denominatorTimesCovariate
        covariateSpread = n * (products(.covariate, .covariate) ?? .zero) - covariates * covariates
    }

    /// R.
    var estimate: ExactFraction { ExactFraction(total, over: denominators) }

    /// `S_Lx = n C / D^2`: the sum of `L (x - mean of x)`.
    var crossDeviation: ExactFraction {
        ExactFraction(n * cross, over: denominators * denominators)
    }

    /// `S_xx = P / n`: the sum of `(x - mean of x)^2`.
    var covariateDeviation: ExactFraction {
        ExactFraction(covariateSpread, over: n)
    }

    /// `n G / ((n - 1) D^4)`: the variance of the mean of L; nil where there are fewer than two units.
    var varianceOfEstimate: ExactFraction? {
        guard let denominator = varianceDenominator else { return nil }
        return ExactFraction(n * n * n * spread, over: denominator)
    }

    /// The variance of the mean of `L - theta x`: `(n^3 G - 2 theta n^2 C D^2 + theta^2 P D^4) / (n^2 (n - 1) D^4)`;
    /// nil where there are fewer than two units. It is exact for this theta: nothing cancels where x explains nearly
    /// all.
    func varianceOfEstimate(theta: WideNumber) -> ExactFraction? {
        guard let denominator = varianceDenominator else { return nil }
        let square = denominators * denominators
        let numerator =
            n * n * n * spread
            - WideNumber(2) * theta * n * n * cross * square
            + theta * theta * covariateSpread * square * square
        return ExactFraction(numerator, over: denominator)
    }

    private var varianceDenominator: WideNumber? {
        let rest = n - WideNumber(1)
        guard !rest.isZero else { return nil }
        let square = denominators * denominators
        return n * n * rest * square * square
    }
}
