import ArgumentParser
import HooklineStatistics

/// How p-values that are looked at together are adjusted, and which of them belong together.
struct Adjustment: Equatable, Sendable {
    enum Method: String, CaseIterable, ExpressibleByArgument, Sendable {
        /// Of those that are called significant, so many are false: the false discovery rate.
        case benjaminiHochberg = "benjamini-hochberg"
        /// The chance that any of those that are called significant is false: the family-wise error rate.
        case holm

        var name: String {
            switch self {
            case .benjaminiHochberg: "Benjamini-Hochberg"
            case .holm: "Holm"
            }
        }

        func adjusted(_ pValues: [Double]) -> [Double] {
            switch self {
            case .benjaminiHochberg: BenjaminiHochberg.adjusted(pValues)
            case .holm: Holm.adjusted(pValues)
            }
        }
    }

    /// The tests that are adjusted together. Metrics that were added when there were results to be seen belong to none.
    enum Family: String, CaseIterable, ExpressibleByArgument, Sendable {
        /// All that are listed.
        case listed
        /// Those of goals.
        case goals
        /// Those of each experiment for itself.
        case experiment
    }

    var method = Method.benjaminiHochberg
    var family = Family.listed

    /// Whether a metric's tests are adjusted.
    func includes(_ metric: ExperimentResult.MetricRows) -> Bool {
        !metric.isAddedLater && (family != .goals || metric.role == "goal")
    }

    /// `Holm across the tests of goals listed here`
    func text(tests: Int) -> String {
        switch family {
        case .listed: "\(method.name) across \(NumberText.count(tests, "test")) listed here"
        case .goals: "\(method.name) across \(NumberText.count(tests, "test")) of goals listed here"
        case .experiment: "\(method.name) across the tests of each experiment, \(NumberText.whole(tests)) in all"
        }
    }
}
