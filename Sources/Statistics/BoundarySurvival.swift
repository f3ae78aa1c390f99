/// How probable it is that no boundary was crossed before a look, given the statistic at this look.
///
/// A Brownian motion S with drift is observed at fractions `t_1 < t_2 < ...` of information, so that the statistics are
/// `Z_k = S(t_k) / sqrt(t_k)`; the boundaries are `|Z_k| >= b_k`. The coordinate here is the estimate of the drift,
/// `u_k = S(t_k) / t_k`. As `u_k` is sufficient for the drift, the earlier estimates given `u_k` do not depend on the
/// drift any more: `u_(k-1)` is normal around `u_k` with variance `v_(k-1) - v_k`, where `v = 1 / t`. So with
/// `a = b sqrt(v)` the conditional probability of no crossing before look k is a convolution,
///
///     r_1(u) = 1,    r_k(u) = integral over |x| < a_(k-1) of r_(k-1)(x) * density((x - u) / s) / s,
///                             s^2 = v_(k-1) - v_k,
///
/// which is the recursion of P. Armitage, C. K. McPherson and B. C. Rowe ("Repeated Significance Tests on Accumulating
/// Data", JRSS A 132, 1969; C. Jennison and B. W. Turnbull, "Group Sequential Methods with Applications to Clinical
/// Trials", 2000, chapter 19) after division by the density of `u_k`. It has three merits: `r` lies in `0...1` and is
/// even, so that far tails keep their relative accuracy; it serves every drift; and it is smooth but for one layer at
/// each earlier boundary `a_j`, of width `sqrt(v_j - v_k)`. Panels that are as narrow as the layers near them, and wide
/// elsewhere, follow it with 1e-12 of accuracy, however close or far the looks are from each other. The rule within a
/// panel is Gauss's instead of Simpson's.
struct BoundarySurvival: Sendable {
    /// A boundary in the coordinate u.
    private struct Barrier: Sendable {
        let fraction: Double
        let position: Double
    }

    /// The fraction of information of the current look.
    private(set) var fraction: Double
    /// `r` at the current look; nil where no boundary is before it, so that r is 1.
    private var curve: EvenCurve?
    /// The looks with a finite boundary. The others leave no trace.
    private var barriers: [Barrier] = []
    /// `r` at the last of the barriers.
    private var curveAtBarrier: EvenCurve?
    /// The panels are this much narrower than they need be; only a test of the accuracy asks for other than 1.
    private let refinement: Double

    /// - Parameter fraction: Of the first look, above 0.
    init(firstLook fraction: Double, refinement: Double = 1) {
        self.fraction = fraction
        self.refinement = refinement
    }

    /// Goes on to the next look.
    /// - Parameters:
    ///   - next: The fraction of the next look, above the current one.
    ///   - critical: The boundary at the current look, at least 0; infinite for none.
    mutating func advance(to next: Double, after critical: Double) {
        if critical < .infinity {
            let position = critical / fraction.squareRoot()
            barriers.append(Barrier(fraction: fraction, position: position))
            curveAtBarrier = curve ?? EvenCurve(oneUpTo: position)
        }
        fraction = next
        guard let barrier = barriers.last, let source = curveAtBarrier, barrier.position > 0 else {
            // A boundary of 0 stops everything: nothing goes on.
            curve = barriers.isEmpty ? nil : EvenCurve(edges: [0, 1]) { _ in 0 }
            return
        }
        let deviation = Self.deviation(from: barrier.fraction, to: next)
        let (reach, step) = (Self.reach * deviation, Self.step * deviation / refinement)
        let factor = 1 / (deviation * (2 * Double.pi).squareRoot())
        curve = EvenCurve(edges: edges()) { u in
            // The mass on the other side of 0 is that of the mirrored kernel.
            let near = source.integral(
                from: Swift.max(0, u - reach),
                to: Swift.min(barrier.position, u + reach),
                step: step
            ) { Self.kernel(($0 - u) / deviation) }
            let mirrored = source.integral(from: 0, to: Swift.min(barrier.position, reach - u), step: step) {
                Self.kernel(($0 + u) / deviation)
            }
            return factor * (near + mirrored)
        }
    }

    /// The probability that no boundary was crossed before this look and that `Z >= critical` here.
    /// - Parameter critical: At least 0; may be infinite.
    /// - Parameter drift: The expectation of Z at fraction 1.
    func probabilityAbove(_ critical: Double, drift: Double) -> Double {
        let root = fraction.squareRoot()
        let low = critical - drift * root
        guard let curve else { return Normal.survival(low) }
        guard low < Self.farthest else { return 0 }
        // The density falls by the factor exp(-40) from the lower end to the upper one.
        let first = Swift.max(low, -Self.reach)
        let last = first > 0 ? (first * first + 80).squareRoot() : Self.reach
        // Far out the density falls so steeply that narrower steps are needed.
        let step = Self.step / Swift.max(1, first / 2) / refinement
        let integral = curve.integral(
            from: Swift.max(0, drift + first / root),
            to: drift + last / root,
            step: step / root
        ) { Self.kernel(($0 - drift) * root) }
        return Swift.max(0, integral * root / (2 * Double.pi).squareRoot())
    }

    /// The density of Z at this look where no boundary was crossed before, without drift.
    /// - Parameter z: At least 0.
    func density(at z: Double) -> Double {
        guard let curve else { return Normal.density(z) }
        let position = z / fraction.squareRoot()
        return position <= curve.end ? Swift.max(0, curve.value(at: position)) * Normal.density(z) : 0
    }

    /// Beyond this Z nothing is left to be crossed at this look; infinite where no boundary is before it.
    var end: Double { curve.map { $0.end * fraction.squareRoot() } ?? .infinity }

    /// The edges of panels of at most twice the width of every layer, or of half the distance to it.
    private func edges() -> [Double] {
        let layers = barriers.map { (position: $0.position, width: Self.deviation(from: $0.fraction, to: fraction)) }
        let end = layers.reduce(.infinity) { Swift.min($0, $1.position + Self.reach * $1.width) }
        var edges = [0.0]
        var x = 0.0
        while x < end {
            var width = end - x
            for layer in layers {
                let ahead = layer.position - x
                // Before the layer, a third of the way to it is half of what then remains.
                let distance = ahead > 0 ? ahead / 3 : -ahead / 2
                width = Swift.min(width, Swift.max(2 * layer.width, distance) / refinement)
            }
            x = Swift.min(end, x + width)
            edges.append(x)
        }
        return edges
    }

    /// `sqrt(1 / earlier - 1 / later)`, without cancellation.
    private static func deviation(from earlier: Double, to later: Double) -> Double {
        ((later - earlier) / earlier / later).squareRoot()
    }

    private static func kernel(_ z: Double) -> Double { (-z * z / 2).exponential }

    /// Standard deviations beyond which a normal variable has 1e-19 of its probability.
    private static let reach = 9.0

    /// Standard deviations over which a polynomial of degree 15 follows the normal density.
    private static let step = 3.0

    /// From here on the density of the normal distribution is below every double.
    private static let farthest = 38.5
}
