/// How often something happened in runs of a simulation, and what the rate behind it may be.
public struct ObservedRate: Sendable, Hashable {
    public private(set) var hits: Int
    public private(set) var runs: Int

    public init(hits: Int = 0, runs: Int = 0) {
        precondition(hits >= 0 && hits <= runs, "more hits than runs")
        self.hits = hits
        self.runs = runs
    }

    public mutating func note(_ isHit: Bool) {
        runs += 1
        if isHit { hits += 1 }
    }

    public mutating func merge(_ other: ObservedRate) {
        hits += other.hits
        runs += other.runs
    }

    /// Hits a run; 0 without a run.
    public var share: Double { runs > 0 ? Double(hits) / Double(runs) : 0 }

    /// The rate that is not exceeded with this confidence: so many hits or fewer have the probability that is left. Exact (C. J.
    /// Clopper and E. S. Pearson, "The Use of Confidence or Fiducial Limits", Biometrika 26, 1934).
    public func upperLimit(confidence: Double = 0.99) -> Double {
        precondition(confidence > 0 && confidence < 1, "a confidence is above 0 and below 1")
        guard hits < runs else { return 1 }
        return Self.bisect { Self.probability(ofAtMost: hits, of: runs, rate: $0) > 1 - confidence }
    }

    /// The rate that is exceeded with this confidence.
    public func lowerLimit(confidence: Double = 0.99) -> Double {
        1 - ObservedRate(hits: runs - hits, runs: runs).upperLimit(confidence: confidence)
    }

    /// The end of the rates, from 0 on, of which something is so.
    private static func bisect(_ isBelow: (Double) -> Bool) -> Double {
        var (low, high) = (0.0, 1.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if isBelow(middle) { low = middle } else { high = middle }
        }
        return high
    }

    /// The sum of binomial probabilities, each made from the one before.
    private static func probability(ofAtMost hits: Int, of runs: Int, rate: Double) -> Double {
        guard rate > 0 else { return 1 }
        guard rate < 1 else { return 0 }
        let odds = (rate / (1 - rate)).naturalLogarithm
        var logarithm = Double(runs) * (-rate).naturalLogarithmOfOnePlus
        var total = logarithm.exponential
        for hit in 0..<hits {
            logarithm += odds + (Double(runs - hit) / Double(hit + 1)).naturalLogarithm
            total += logarithm.exponential
        }
        return Swift.min(1, total)
    }
}
