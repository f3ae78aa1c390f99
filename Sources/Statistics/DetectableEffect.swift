/// The smallest effect, or margin, that an experiment of a given size detects with a given power.
public struct DetectableEffect: Sendable, Hashable {
    public enum Direction: Sendable, Hashable {
        case increase
        case decrease
    }

    /// Treatment minus control; above 0 for an increase and a margin, below 0 for a decrease.
    public let absolute: Double
    /// As a share of the baseline, with its sign; nil where there is no baseline or it is 0.
    public let relative: Double?

    init(absolute: Double, baseline: Double?) {
        self.absolute = absolute
        relative = baseline.flatMap { $0 == 0 ? nil : absolute / $0 }
    }
}

extension PowerAnalysis {
    /// The smallest difference in a direction that these units detect.
    /// - Parameters:
    ///   - units: Of both arms together, at the end, as in ``power(for:units:)``.
    ///   - power: Above alpha and below 1.
    ///   - direction: On which side of the control it is.
    public func minimumDetectableEffect(
        units: Double,
        power: Double,
        direction: DetectableEffect.Direction = .increase
    ) throws(PowerInputError) -> DetectableEffect {
        let drift = try drift(units: units, power: power, isOneSided: false)
        let sign = direction == .increase ? 1.0 : -1
        guard case .proportion(let baseline) = metric else {
            return try detectable(sign * drift * unitDeviation(effect: 0) / units.squareRoot(), units: units)
        }
        let effect = proportionEffect(drift: drift, units: units, baseline: baseline, sign: sign)
        guard baseline + effect > 0, baseline + effect < 1 else { throw Self.tooFew(units) }
        return DetectableEffect(absolute: effect, baseline: baseline)
    }

    /// The smallest margin of non-inferiority that these units show, above 0.
    /// - Parameters:
    ///   - units: Of both arms together, at the end, as in ``power(for:units:)``.
    ///   - power: Above alpha and below 1.
    public func smallestMargin(units: Double, power: Double) throws(PowerInputError) -> DetectableEffect {
        let drift = try drift(units: units, power: power, isOneSided: true)
        return try detectable(drift * unitDeviation(effect: 0) / units.squareRoot(), units: units)
    }

    private func detectable(_ effect: Double, units: Double) throws(PowerInputError) -> DetectableEffect {
        guard effect.isFinite else { throw Self.tooFew(units) }
        return DetectableEffect(absolute: effect, baseline: metric.baseline)
    }

    private static func tooFew(_ units: Double) -> PowerInputError {
        PowerInputError(
            .units,
            "are \(units), too few to detect any effect with this power",
            accepted: "more units, or a lower power"
        )
    }

    private func drift(units: Double, power: Double, isOneSided: Bool) throws(PowerInputError) -> Double {
        try validate(power: power, isOneSided: isOneSided)
        try validate(units: units)
        return rule.drift(power: power, units: units, isOneSided: isOneSided)
    }

    /// The root on the side of the sign of `d^2 = p (1 - p) / m_c + (p + d) (1 - p - d) / m_t` with `m = n / drift^2`:
    /// a quadratic equation with a root on either side of 0.
    private func proportionEffect(drift: Double, units: Double, baseline: Double, sign: Double) -> Double {
        let control = units * shares.control / (drift * drift)
        let treatment = units * shares.treatment / (drift * drift)
        let variance = baseline * (1 - baseline)
        let leading = 1 + 1 / treatment
        let middle = sign * (1 - 2 * baseline) / (2 * treatment)
        let last = variance * (1 / control + 1 / treatment)
        let root = (middle * middle + leading * last).squareRoot()
        // leading x^2 - 2 middle x - last = 0 for x = sign * d; its positive root without cancellation.
        return sign * (middle > 0 ? (middle + root) / leading : last / (root - middle))
    }
}
