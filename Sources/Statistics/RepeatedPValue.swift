extension GroupSequentialDesign {
    /// The repeated p-value of an analysis: the smallest alpha at which its boundary is crossed, given the same
    /// fractions.
    ///
    /// C. Jennison and B. W. Turnbull, "Group Sequential Methods with Applications to Clinical Trials" (2000), chapter
    /// 9. It may be read at every analysis: the probability that it ever falls below a level is at most that level. It
    /// is at least the p-value of the same Z without other analyses. The alpha of the design has no part in it.
    ///
    /// The search is in `z_(alpha / 4)`, in which the boundary is nearly linear: some ten times the cost of the
    /// boundaries.
    /// - Parameters:
    ///   - z: The statistic, finite.
    ///   - analysis: Counted from 0; later analyses have no part in it.
    /// - Returns: Above 0 and at most 1; 1 where no level would have been enough. Probabilities below the smallest
    ///   normal double, 2.2e-308, cannot be spent, so that a Z beyond 37.5 counts as little more than 37.5.
    public func repeatedPValue(z: Double, at analysis: Int) -> Double {
        precondition(z.isFinite, "a statistic is finite")
        precondition(fractions.indices.contains(analysis), "there is no such analysis")
        let excess = { (quantile: Double) in
            let spending = ErrorSpending(quantile: quantile)
            let boundaries = self.criticalValues(spending: spending, upTo: analysis)
            return boundaries[analysis] - z.magnitude
        }
        // A boundary is crossed at most with the probability of all that is spent: p is at least the unadjusted
        // p-value.
        let unadjusted = Swift.max(2 * Normal.survival(z.magnitude), .leastNormalMagnitude)
        let quantileOfOne = -Normal.quantile(0.25)
        if excess(quantileOfOne) > 0 { return 1 }
        // Further out by more than the rounding of either.
        let farthest = -Normal.quantile(unadjusted / 4) + 1e-9
        let quantile = Chandrupatla.root(from: quantileOfOne, to: farthest, tolerance: 1e-12, of: excess)
        return Swift.max(unadjusted, ErrorSpending(quantile: quantile).alpha)
    }
}
