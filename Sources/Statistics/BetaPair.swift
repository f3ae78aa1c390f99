/// Two independent rates with beta distributions, of which `high` is asked whether it is above `low`.
struct BetaPair {
    let low: LogitBeta
    let high: LogitBeta

    /// How far the mode of `high` is above that of `low`, in the logarithm of the odds.
    private let shift: Double
    /// The modes as places: one of them is 0, that of the narrower density, of which rounded places tell the most.
    private let lowMode: Double
    private let highMode: Double

    init(low: LogitBeta, high: LogitBeta) {
        self.low = low
        self.high = high
        shift = high.distance(above: low)
        (lowMode, highMode) = low.width <= high.width ? (0, shift) : (-shift, 0)
    }

    /// Of the rate of `high` minus that of `low`.
    var meanDifference: Double {
        // a / (a + b) - a' / (a' + b') = (a b' - a' b) / ((a + b) (a' + b')), and a b' / (a' b) is the quotient of the
        // odds.
        let (n, other) = (high.a + high.b, low.a + low.b)
        return shift > 0
            ? -(high.a / n * (low.b / other) * (-shift).exponentialMinusOne)
            : low.a / other * (high.b / n) * shift.exponentialMinusOne
    }

    var standardDeviation: Double {
        let variance = { (rate: LogitBeta) -> Double in
            let n = rate.a + rate.b
            return rate.a / n * (rate.b / n) / (n + 1)
        }
        return (variance(low) + variance(high)).squareRoot()
    }

    /// `P(high > low)`.
    var chance: Double {
        Swift.min(1, integral { high.logDensity($0 - highMode) + low.logLower($0 - lowMode) })
    }

    /// `E[max(0, high - low)]`.
    var expectedExcess: Double {
        integral { low.logLower($0 - lowMode) + high.logUpper($0 - highMode) + low.logSlope($0 - lowMode) }
    }

    /// The integral of the exponential of a concave function of the place.
    private func integral(of logarithm: (Double) -> Double) -> Double {
        let range = Swift.min(lowMode, highMode)...Swift.max(lowMode, highMode)
        let step = Swift.min(low.width, high.width)
        let top = LogConcave.maximum(near: range, step: step, of: logarithm)
        let greatest = logarithm(top)
        guard greatest > Self.leastLogarithm else { return 0 }
        let left = top - LogConcave.reach(start: step) { greatest - logarithm(top - $0) }
        let right = top + LogConcave.reach(start: step) { greatest - logarithm(top + $0) }
        let places = breaks.filter { $0 > left && $0 < right } + [left, top, right]
        let ordered = places.sorted()
        var total = 0.0
        for (from, to) in zip(ordered, ordered.dropFirst()) where to > from {
            total += QuadratureRules.integral(from: from, to: to) { (logarithm($0) - greatest).exponential }
        }
        return greatest.exponential * total
    }

    /// Where panels end, so that each is resolved: around both modes, and around even odds ever further apart.
    private var breaks: [Double] {
        var places: [Double] = []
        for (rate, mode) in [(low, lowMode), (high, highMode)] {
            places += [mode - rate.reach(), mode, mode + rate.mirrored.reach()]
        }
        let even = lowMode - low.mode
        places.append(even)
        var distance = LogitBeta.greatestPanel
        while distance < Self.farthest {
            places += [even - distance, even + distance]
            distance *= 2
        }
        return places
    }

    /// Below it there is no double for the integral, which is not wider than `farthest`.
    private static let leastLogarithm = -800.0

    /// A density of the least shape has fallen to nothing there.
    private static let farthest = 1e6
}
