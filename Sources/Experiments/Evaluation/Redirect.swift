import HooklinePrimitives

extension Evaluation {
    /// Where a page sends a unit to, by the experiments of pages.
    public struct Redirect: Sendable {
        public let result: ExperimentOutcome
        public let url: String
    }

    /// The first experiment of pages that the unit is in and that sends it elsewhere; nil where it stays.
    public mutating func redirect() -> Redirect? {
        for experiment in pages where experiment.targets != nil && !experiment.isManual {
            guard experiment.variations.contains(where: { $0["urlRedirect"] != nil }) else { continue }
            let result = run(experiment)
            guard result.isInExperiment, let url = result.value["urlRedirect"]?.string else { continue }
            return Redirect(result: result, url: withQuery(url, experiment))
        }
        return nil
    }

    private func withQuery(_ url: String, _ experiment: FeatureExperiment) -> String {
        guard experiment.redirectsKeepQuery, let page = PageURL(context.url), let target = PageURL(url) else {
            return url
        }
        return target.adding(page.parameters)
    }
}
