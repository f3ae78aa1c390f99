import Foundation
import HooklineApp
import HooklinePrimitives
import HooklineStatistics

/// Experiments without a difference on invented viewers, in a database of their own that is thrown away: defined, exposed,
/// measured, read and decided through the API, with nothing put in the place of anything.
///
/// Every viewer takes part in all of them, and each deals them out by its own seed. What the viewers do is drawn before anybody
/// is dealt out.
struct SyntheticExperiments {
    let experiments: Int
    let viewers: Int
    let looks: Int
    let seed: UInt64

    /// Some twenty seconds in an optimised build, on two cores.
    static func full(seed: UInt64) -> SyntheticExperiments {
        SyntheticExperiments(experiments: 200, viewers: 1000, looks: 10, seed: seed)
    }

    static func short(seed: UInt64) -> SyntheticExperiments {
        SyntheticExperiments(experiments: 10, viewers: 200, looks: 4, seed: seed)
    }

    func rates() async throws -> [PromisedRate] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hookline-validate-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let client = try await EmbeddedClient(
            HooklineConfiguration(flags: ["data": folder.path], environment: [:])
        )
        do {
            let rates = try await rates(client)
            try await client.close()
            return rates
        } catch {
            try? await client.close()
            throw error
        }
    }

    private func rates(_ client: any Client) async throws -> [PromisedRate] {
        for number in 0..<experiments {
            _ = try await client.succeed(ClientRequest(.post, "experiments", json: definition(number)))
            _ = try await client.succeed(ClientRequest(.post, "experiments", id(number), "start"))
        }
        var seen: [Said: Set<String>] = [:]
        let start = Timestamp.now().advanced(byMilliseconds: -3_600_000)
        for look in 0..<looks {
            let range = viewers * look / looks..<viewers * (look + 1) / looks
            try await send(range.flatMap { events(ofViewer: $0, from: start) }, client)
            for result in try await ResultsPages.all(of: client) { note(result, in: &seen) }
        }
        return Said.allCases.map { said in
            PromisedRate(
                what: "\(experiments) A/A experiments through the API, \(looks) looks, \(said.rawValue)",
                rate: ObservedRate(hits: seen[said]?.count ?? 0, runs: experiments),
                promise: said.promise,
                floor: said.floor
            )
        }
    }

    private func id(_ number: Int) -> String { "aa-\(seed)-\(number)" }

    private func definition(_ number: Int) -> JSON {
        [
            "id": .string(id(number)), "name": "A/A", "variants": ["control", "same"],
            "split": number.isMultiple(of: 2) ? ["control": 0.5, "same": 0.5] : ["control": 0.8, "same": 0.2],
            "metrics": [
                ["name": "clicked", "kind": "proportion", "event": "click"],
                ["name": "watched", "kind": "sum", "event": "watch", "property": "seconds", "role": "secondary"],
                [
                    "name": "adjusted", "kind": "sum", "event": "watch", "property": "seconds", "role": "secondary",
                    "covariate": ["days": 14],
                ],
                [
                    "name": "stayed", "kind": "proportion", "event": "stay", "role": "guardrail", "margin": 0.01,
                ],
            ],
            "plan": ["units": JSON(viewers), "analyses": 2],
            "halt_on_breach": true,
        ]
    }

    // MARK: Viewers

    private func events(ofViewer number: Int, from start: Timestamp) -> [JSON] {
        var random = SplitMix64(seed: seed &* 1_000_003 &+ UInt64(number))
        _ = random.next()
        let viewer = "viewer-\(number)"
        let event = { (type: String, offset: Int64, properties: JSON?) -> JSON in
            var event: JSONObject = [
                "type": .string(type), "user_id": .string(viewer),
                "timestamp": JSON(start.advanced(byMilliseconds: Int64(number) + offset)),
            ]
            if let properties { event["properties"] = properties }
            return .object(event)
        }
        // Most of what somebody watches, they watch always.
        let habit = -2 * log(max(random.unit(), 1e-12))
        let seconds = { (random: inout SplitMix64) -> JSON in
            ["seconds": .number((10 * habit * (0.5 + random.unit())).rounded())]
        }
        var events = [event("watch", -86_400_000, seconds(&random))]
        for experiment in 0..<experiments {
            events.append(event("exposure", 0, ["experiment_id": .string(id(experiment))]))
        }
        events.append(event("watch", 1000, seconds(&random)))
        if random.unit() < 0.1 { events.append(event("click", 1001, nil)) }
        if random.unit() < 0.9 { events.append(event("stay", 1002, nil)) }
        return events
    }

    private func send(_ events: [JSON], _ client: any Client) async throws {
        for first in stride(from: 0, to: events.count, by: Self.eventsPerRequest) {
            let some = Array(events[first..<min(first + Self.eventsPerRequest, events.count)])
            let answer = try await client.json(ClientRequest(.post, "events", json: .array(some)))
            if let rejected = answer["rejected"]?.array?.first {
                throw ClientError.unusable("an invented event was rejected: \(rejected.text)")
            }
        }
    }

    private static let eventsPerRequest = 5_000

    // MARK: What is said

    private enum Said: String, CaseIterable {
        case clicked = "'clicked' differs at any look"
        case watched = "'watched' differs at any look"
        case adjusted = "'watched', with a covariate, differs at any look"
        case stayed = "'stayed' differs at any look"
        case planned = "'clicked' differs at a read of the plan"
        case ship = "a variant is shipped"
        case rollBack = "a variant is rolled back"
        case halt = "an arm is halted by its guardrail"
        case split = "the split is called broken"

        var promise: Double {
            switch self {
            case .split: 0.001
            // It is worse in the metric that decides, or breaks the guardrail: two chances.
            case .rollBack: 0.1
            default: 0.05
            }
        }

        /// A read that was planned uses up its whole level.
        var floor: Double? { self == .planned ? 0.04 : nil }
    }

    private func note(_ result: ExperimentResult, in seen: inout [Said: Set<String>]) {
        func note(_ said: Said, _ isSo: Bool) { if isSo { seen[said, default: []].insert(result.id) } }
        for (metric, said) in [
            ("clicked", Said.clicked), ("watched", .watched), ("adjusted", .adjusted), ("stayed", .stayed),
        ] {
            note(said, result[metric]?.treatments.contains { $0.anytime.isSignificant } == true)
        }
        note(.planned, result["clicked"]?.treatments.contains { $0.isSignificant } == true)
        note(.ship, result.decision?.verdict == "ship")
        note(.rollBack, result.decision?.verdict == "roll_back")
        note(.halt, result.metrics.contains { $0.treatments.contains { $0.isHalted } })
        note(.split, result.sampleRatio.isMismatch)
    }
}
