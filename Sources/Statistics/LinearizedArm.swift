/// An arm's estimate `R = Y / D` with the exact products of its linearised units `L = (y - R d) / (D / n)`.
///
/// The linearised units have the total 0, and R varies as their mean does (the delta method: Deng, Knoblich and Lu, KDD
/// 2018). So ratios and means are one case: without a denominator every d is 1, D is n, R the mean, and L is y without
/// it. All results are whole fractions of the exact sums.
struct LinearizedArm {
    private let n: WideNumber
    private let total: WideNumber
    private let denominators: WideNumber
    /// The sums of `L^2`, of `L (x - mean of x)` and of `(x - mean of x)^2` times `scale`: what they are whole over. The
    /// latter two are 0 without a covariate.
    private let spread: WideNumber
    private let cross: WideNumber
    private let covariateSpread: WideNumber
    private let scale: WideNumber

    /// nil where there is no unit, and where the denominators do not add up to more than 0.
    init?(_ moments: JointMoments) {
        guard !moments.isEmpty else { return nil }
        n = WideNumber(moments.count)
        let sums = LinearizedSums(moments)
        total = sums.y
        let hasCovariate = moments.has(.covariate)
        let x = hasCovariate ? sums.x : .zero
        let spreadOfX = hasCovariate ? n * sums.xx - x * x : .zero
        guard let denominator = moments.sum(of: .denominator) else {
            denominators = n
            scale = n
            spread = n * sums.yy - total * total
            cross = hasCovariate ? n * sums.yx - total * x : .zero
            covariateSpread = spreadOfX
            return
        }
        denominators = WideNumber(denominator)
        guard !denominators.isZero, !denominators.isNegative else { return nil }
        let square = denominators * denominators
        // D^2 times the sum of (y - R d)^2, and n^2 / D^4 of that the sum of L^2.
        let deviations =
            square * sums.yy - WideNumber(2) * total * denominators * sums.yd + total * total * sums.dd
        scale = n * square * square
        spread = n * n * n * deviations
        cross = hasCovariate ? n * n * square * (denominators * sums.yx - total * sums.dx) : .zero
        covariateSpread = spreadOfX * square * square
    }

    /// R.
    var estimate: ExactFraction { ExactFraction(total, over: denominators) }

    /// The sum of `L (x - mean of x)`.
    var crossDeviation: ExactFraction { ExactFraction(cross, over: scale) }

    /// The sum of `(x - mean of x)^2`.
    var covariateDeviation: ExactFraction { ExactFraction(covariateSpread, over: scale) }

    /// The variance of the mean of L; nil where there are fewer than two units.
    var varianceOfEstimate: ExactFraction? { variance(spread) }

    /// The variance of the mean of `L - theta x`; nil where there are fewer than two units. It is exact for this theta:
    /// nothing cancels where x explains nearly all. Its denominator is that of `varianceOfEstimate`.
    func varianceOfEstimate(theta: WideNumber) -> ExactFraction? {
        variance(spread - theta * (WideNumber(2) * cross - theta * covariateSpread))
    }

    private func variance(_ deviations: WideNumber) -> ExactFraction? {
        let rest = n - WideNumber(1)
        guard !rest.isZero else { return nil }
        return ExactFraction(deviations, over: n * rest * scale)
    }
}

/// The exact sums and sums of products of an arm; 0 where it does not have a variable.
private struct LinearizedSums {
    let moments: JointMoments

    init(_ moments: JointMoments) {
        self.moments = moments
    }

    var y: WideNumber { sum(.value) }
    var x: WideNumber { sum(.covariate) }
    var yy: WideNumber { products(.value, .value) }
    var yd: WideNumber { products(.value, .denominator) }
    var dd: WideNumber { products(.denominator, .denominator) }
    var yx: WideNumber { products(.value, .covariate) }
    var dx: WideNumber { products(.denominator, .covariate) }
    var xx: WideNumber { products(.covariate, .covariate) }

    private func sum(_ variable: JointMoments.Variable) -> WideNumber {
        moments.sum(of: variable).map { WideNumber($0) } ?? .zero
    }

    private func products(_ first: JointMoments.Variable, _ second: JointMoments.Variable) -> WideNumber {
        moments.sumOfProducts(of: first, and: second).map { WideNumber($0) } ?? .zero
    }
}
