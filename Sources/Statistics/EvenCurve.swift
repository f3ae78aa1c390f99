/// A smooth even function, by its values at the Gauss nodes of adjoining panels of `[0, end]`.
///
/// The panels must be so narrow that a polynomial of degree 15 follows the function within each.
struct EvenCurve: Sendable {
    /// From 0, ascending; one more than there are panels.
    private let edges: [Double]
    /// Of the nodes of each panel in turn.
    private let values: [Double]

    /// The function that is 1 on `[-end, end]`.
    init(oneUpTo end: Double) {
        edges = [0, end]
        values = Array(repeating: 1, count: Self.order)
    }

    /// - Parameters:
    ///   - edges: From 0, strictly ascending; at least two.
    ///   - function: The function, for arguments of at least 0.
    init(edges: [Double], of function: (Double) -> Double) {
        self.edges = edges
        values = zip(edges, edges.dropFirst()).flatMap { low, high in
            let (center, half) = ((low + high) / 2, (high - low) / 2)
            return PanelRule.nodes.map { function(center + half * $0) }
        }
    }

    /// Where the panels end; the function is not known beyond.
    var end: Double { edges[edges.count - 1] }

    /// The value at an argument in `0...end`.
    func value(at x: Double) -> Double {
        let panel = panel(of: x)
        let (low, high) = (edges[panel], edges[panel + 1])
        return interpolated(panel, at: (2 * x - low - high) / (high - low))
    }

    /// The integral of the function times a factor over the part of `[low, high]` that is in `[0, end]`.
    /// - Parameters:
    ///   - low: At least 0.
    ///   - high: May be beyond the end.
    ///   - step: The greatest width over which the factor is a polynomial of about degree 15, up to rounding.
    ///   - factor: A smooth function.
    @inline(__always)
    func integral(from low: Double, to high: Double, step: Double, of factor: (Double) -> Double) -> Double {
        let last = Swift.min(high, end)
        guard low < last else { return 0 }
        var total = 0.0
        var panel = panel(of: low)
        while panel < edges.count - 1, edges[panel] < last {
            let (panelLow, panelHigh) = (edges[panel], edges[panel + 1])
            let (from, to) = (Swift.max(low, panelLow), Swift.min(last, panelHigh))
            let pieces = Swift.max(1, ((to - from) / step).rounded(.up))
            let isWhole = pieces == 1 && from == panelLow && to == panelHigh
            let half = (to - from) / (2 * pieces)
            let scale = 2 / (panelHigh - panelLow)
            for piece in 0..<Int(pieces) {
                let center = from + Double(2 * piece + 1) * half
                var sum = 0.0
                for index in 0..<Self.order {
                    let x = center + half * PanelRule.nodes[index]
                    let value =
                        isWhole
                        ? values[panel * Self.order + index]
                        : interpolated(panel, at: (x - panelLow) * scale - 1)
                    sum += PanelRule.weights[index] * value * factor(x)
                }
                total += half * sum
            }
            panel += 1
        }
        return total
    }

    /// The second barycentric formula (J.-P. Berrut and L. N. Trefethen, "Barycentric Lagrange Interpolation", SIAM
    /// Review 46, 2004), with x in `-1...1` across the panel.
    @inline(__always)
    private func interpolated(_ panel: Int, at x: Double) -> Double {
        let first = panel * Self.order
        var (numerator, denominator) = (0.0, 0.0)
        for index in 0..<Self.order {
            let distance = x - PanelRule.nodes[index]
            if distance == 0 { return values[first + index] }
            let term = PanelRule.barycentricWeights[index] / distance
            numerator += term * values[first + index]
            denominator += term
        }
        return numerator / denominator
    }

    private func panel(of x: Double) -> Int {
        var (low, high) = (0, edges.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if edges[middle] <= x { low = middle } else { high = middle }
        }
        return low
    }

    /// The number of nodes of a panel.
    private static let order = 16
}
