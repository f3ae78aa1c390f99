import HooklinePrimitives
import HooklineStatistics

/// An invented viewer: who it is, and what it does with what it is shown.
///
/// All of it follows from the seed, the experiment and the number, and so does not depend on the order of arrival.
struct DemoViewer: Sendable {
    let experiment: DemoExperiment
    let number: Int
    let id: String
    private let clickDraw: Double
    private let lossDraw: Double
    private let secondsWatched: Int

    init(_ number: Int, of experiment: DemoExperiment, seed: UInt64) {
        self.experiment = experiment
        self.number = number
        id = "demo-viewer-\(seed)-\(experiment.scenario.rawValue)-\(number)"
        let scenario = UInt64(DemoExperiment.Scenario.allCases.firstIndex(of: experiment.scenario) ?? 0)
        var start = SplitMix64(seed: seed)
        var generator = SplitMix64(seed: start.next() ^ (scenario << 56) ^ UInt64(number))
        // The first numbers of neighbouring seeds are alike enough to be left out.
        _ = generator.next()
        clickDraw = Double.random(in: 0..<1, using: &generator)
        lossDraw = Double.random(in: 0..<1, using: &generator)
        secondsWatched = Int.random(in: 1...60, using: &generator)
    }

    func clicks(on variant: String) -> Bool { clickDraw < experiment.clickRate(of: variant) }

    /// Whether somebody learns that this viewer has seen the variant.
    func isReported(with variant: String) -> Bool {
        guard experiment.reportsExposures, variant != DemoExperiment.control, !clicks(on: variant) else { return true }
        return lossDraw >= DemoExperiment.lossRate
    }

    /// The events that the viewer's page sends.
    func events(seeing variant: String) -> [JSON] {
        var events: [JSON] = []
        if experiment.reportsExposures, isReported(with: variant) {
            events.append(
                event("exposure", ["experiment_id": .string(experiment.id), "variant": .string(variant)])
            )
        }
        events.append(event("watch", ["seconds": JSON(secondsWatched)]))
        if clicks(on: variant) { events.append(event("click", nil)) }
        return events
    }

    private func event(_ type: String, _ properties: JSON?) -> JSON {
        var object: JSONObject = [
            "id": .string("\(experiment.id)-\(number)-\(type)"), "type": .string(type), "user_id": .string(id),
            "content_id": "demo-video",
        ]
        if let properties { object["properties"] = properties }
        return .object(object)
    }
}
