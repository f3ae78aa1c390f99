/// The difference of two means and what chance makes of it, before a level of confidence is chosen: what all tests of two
/// arms start from.
struct MeanDifference: Sendable, Hashable {
    let control: ArmSummary
    let treatment: ArmSummary
    /// Treatment mean minus control mean, exact before its one rounding.
    let difference: BinaryRounding
    /// Of the control's mean, as the test takes it.
    let controlVariance: ScaledDouble
    /// Of the treatment's mean, as the test takes it.
    let treatmentVariance: ScaledDouble
    let degreesOfFreedom: Double

    /// With the variance that each arm shows itself, and the degrees of freedom of Welch and Satterthwaite.
    static func between(
        control: ArmSummary,
        treatment: ArmSummary
    ) -> Result<MeanDifference, NotTestable> {
        guard let controlVariance = control.scaledVarianceOfMean else {
            return .failure(control.reasonWithoutVariance(in: .control))
        }
        guard let treatmentVariance = treatment.scaledVarianceOfMean else {
            return .failure(treatment.reasonWithoutVariance(in: .treatment))
        }
        let variance = controlVariance + treatmentVariance
        guard !variance.isZero, let difference = treatment.roundedMeanDifference(from: control) else {
            return .failure(control.hasOnlyZeros && treatment.hasOnlyZeros ? .onlyZeros : .noVariance)
        }
        let share = { (part: ScaledDouble) in (part / variance).double }
        let (controlShare, treatmentShare) = (share(controlVariance), share(treatmentVariance))
        let degreesOfFreedom =
            1
            / (controlShare * controlShare / Double(control.n - 1)
                + treatmentShare * treatmentShare / Double(treatment.n - 1))
        return .success(
            MeanDifference(
                control: control,
                treatment: treatment,
                difference: difference,
                controlVariance: controlVariance,
                treatmentVariance: treatmentVariance,
                degreesOfFreedom: degreesOfFreedom
            )
        )
    }

    /// The same with the variance of the units of both arms together, n - 1 weighing each arm's, where that makes the
    /// standard error greater.
    ///
    /// A small arm may not have seen yet what its mean is made of: ten viewers without a conversion show no variance at
    /// all. The variance of the other arm tells what may come.
    var withGreaterVariance: MeanDifference {
        let (controlCount, treatmentCount) = (Double(control.n), Double(treatment.n))
        let rest = controlCount + treatmentCount - 2
        let ofUnits =
            controlVariance * (controlCount * (controlCount - 1) / rest)
            + treatmentVariance * (treatmentCount * (treatmentCount - 1) / rest)
        let pooled = MeanDifference(
            control: control,
            treatment: treatment,
            difference: difference,
            controlVariance: ofUnits * (1 / controlCount),
            treatmentVariance: ofUnits * (1 / treatmentCount),
            degreesOfFreedom: rest
        )
        return (pooled.variance / variance).double > 1 ? pooled : self
    }

    var variance: ScaledDouble { controlVariance + treatmentVariance }

    var standardError: Double { variance.squareRoot.double }

    /// The difference in standard errors.
    var t: Double { (difference.scaled / variance.squareRoot).double }

    /// The statistic as a standard normal one, by Student's t distribution; its magnitude.
    var normalMagnitude: Double {
        Normal.magnitude(logTwoSidedP: StudentT(degreesOfFreedom: degreesOfFreedom).logTwoSidedP(t))
    }

    /// The standard errors that a critical value of the normal distribution comes to by Student's t, at most ``unbounded``.
    func standardErrors(forNormal critical: Double) -> Double {
        let tail = 2 * Normal.survival(critical)
        guard tail > 0 else { return Self.unbounded }
        return Swift.min(StudentT(degreesOfFreedom: degreesOfFreedom).twoSidedQuantile(tail), Self.unbounded)
    }

    /// So many standard errors are no bound.
    static let unbounded = 1e6

    /// The values within some standard errors of the difference.
    func interval(critical: Double) -> ConfidenceInterval {
        let width = critical * standardError
        return ConfidenceInterval(lower: difference.double - width, upper: difference.double + width)
    }
}
