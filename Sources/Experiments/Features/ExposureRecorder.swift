import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import Metrics
import Synchronization

/// Brings the exposures of evaluations to the log behind their answers.
///
/// An answer does not wait for the commit. What a crash or a full queue loses is recorded at the unit's next evaluation, as nobody
/// remembers it then; what is recorded again is known by its id.
final class ExposureRecorder: Sendable {
    fileprivate struct State {
        var waiting: [(name: ExposureName, event: EngagementEvent)] = []
        var documents: [Identifier: StickyBuckets.Document] = [:]
        /// Those that were recorded lately, in two generations, so that none is forgotten at once.
        var known: Set<ExposureName> = []
        var knownBefore: Set<ExposureName> = []
        var isFollowed = false
    }

    private let log: EventLog
    private let database: any Database
    private let state = Mutex(State())
    private let wake: AsyncStream<Void>.Continuation
    private let wakes: AsyncStream<Void>
    private let recorded = Counter(label: "hookline_feature_exposures_total")
    private let dropped = Counter(label: "hookline_feature_exposures_dropped_total")

    static let maximumWaiting = 100_000
    static let maximumKnown = 100_000
    private static let maximumPerCommit = EventLogConfiguration.defaultMaximumEventsPerCommit

    init(_ database: any Database, _ log: EventLog) {
        self.database = database
        self.log = log
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes what an evaluation has found out. Where no worker follows, it is written by this call, or by one that is under way.
    func record(_ exposures: [Exposure], _ documents: [StickyBuckets.Document]) async throws {
        guard !exposures.isEmpty || !documents.isEmpty else { return }
        let (isNew, isFollowed) = state.withLock { state in
            var isNew = false
            for exposure in exposures where !state.isKnown(exposure.name) {
                guard state.waiting.count < Self.maximumWaiting else {
                    dropped.increment()
                    continue
                }
                guard let event = exposure.event() else { continue }
                state.note(exposure.name)
                state.waiting.append((exposure.name, event))
                isNew = true
            }
            for document in documents where state.documents.count < Self.maximumWaiting {
                state.documents[document.key] = document.merged(over: state.documents[document.key])
                isNew = true
            }
            return (isNew, state.isFollowed)
        }
        guard isNew else { return }
        if isFollowed { wake.yield() } else { try await flush() }
    }

    /// Writes all that waits. What fails stays for the next time.
    func flush() async throws {
        while true {
            let (batch, documents) = state.withLock { state in
                let batch = Array(state.waiting.prefix(Self.maximumPerCommit))
                state.waiting.removeFirst(batch.count)
                defer { state.documents = [:] }
                return (batch, state.documents)
            }
            guard !batch.isEmpty || !documents.isEmpty else { return }
            do {
                if !documents.isEmpty {
                    let sorted = documents.values.sorted { $0.key < $1.key }
                    try await database.write { try StickyBucketStore().add(sorted, in: $0) }
                }
                recorded.increment(by: try await log.append(batch.map(\.event)).accepted)
            } catch {
                state.withLock { state in
                    state.waiting.insert(contentsOf: batch, at: 0)
                    state.documents.merge(documents) { newer, older in newer.merged(over: older) }
                }
                throw error
            }
        }
    }

    /// How many exposures wait.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Tells a worker that something waits.
    func waiting() -> AsyncStream<Void> { wakes }

    func setFollowed(_ isFollowed: Bool) {
        state.withLock { $0.isFollowed = isFollowed }
    }
}

extension ExposureRecorder.State {
    fileprivate func isKnown(_ name: ExposureName) -> Bool { known.contains(name) || knownBefore.contains(name) }

    fileprivate mutating func note(_ name: ExposureName) {
        if known.count >= ExposureRecorder.maximumKnown { (knownBefore, known) = (known, []) }
        known.insert(name)
    }
}

/// What makes an exposure the same as another.
struct ExposureName: Hashable, Sendable {
    let experiment: Identifier
    /// Of the experiment; 0 where there is none but the rule.
    let revision: Int
    let variation: Int
    let attribute: Identifier
    let unit: Identifier
}

/// A unit that an evaluation has dealt out.
struct Exposure: Sendable {
    let name: ExposureName
    private let outcome: ExperimentOutcome
    private let experiment: Experiment?
    private let attributes: JSON
    private let at: Timestamp

    /// Nil for units that were dealt out before: of an experiment that is paused.
    init?(_ outcome: ExperimentOutcome, _ context: EvaluationContext, _ experiment: Experiment?, at now: Timestamp) {
        guard !outcome.experiment.isClosed else { return nil }
        name = ExposureName(
            experiment: Identifier(unchecked: outcome.experiment.key),
            revision: experiment?.revision ?? 0,
            variation: outcome.variation,
            attribute: Identifier(unchecked: outcome.hashAttribute),
            unit: Identifier(unchecked: outcome.hashValue.scriptText)
        )
        self.outcome = outcome
        self.experiment = experiment
        attributes = context.attributes
        at = now
    }

    /// As the log has it. Nil where the unit's id is none that the log accepts, so that nothing could be measured of it.
    func event() -> EngagementEvent? {
        guard let unit = Self.identifier(name.unit.text), Self.identifier(name.experiment.text) != nil else {
            return nil
        }
        var properties: JSONObject = ["experiment_id": .string(name.experiment.text), "variant": .string(outcome.key)]
        if let feature = outcome.feature { properties["feature"] = .string(feature.text) }
        if ![EvaluationContext.userAttribute, EvaluationContext.contentAttribute].contains(outcome.hashAttribute) {
            properties[outcome.hashAttribute] = .string(unit.text)
        }
        for dimension in experiment?.definition.dimensions ?? [] where properties[dimension.text] == nil {
            properties[dimension.text] = attributes[dimension.text].flatMap(Self.dimension)
        }
        return EngagementEvent(
            id: id(of: unit),
            type: ExperimentEvents.exposure,
            userID: Self.identifier(attributes[EvaluationContext.userAttribute]),
            contentID: Self.identifier(attributes[EvaluationContext.contentAttribute]),
            occurredAt: at,
            properties: JSON.object(properties).text
        )
    }

    /// The same that `allocate` gives, so that a unit which asks in both ways is exposed once.
    private func id(of unit: Identifier) -> Identifier {
        let (key, revision) = (name.experiment.text, "\(name.revision)")
        if let experiment, experiment.definition.unit.attribute.hasSameBytes(as: outcome.hashAttribute) {
            return DerivedIdentifier.make("exposure", key, revision, unit.text)
        }
        return DerivedIdentifier.make("exposure", key, revision, outcome.key, outcome.hashAttribute, unit.text)
    }

    /// Texts, numbers and flags, as the fold takes them. Of a text that is too long for a slice of its own the beginning tells as much.
    private static func dimension(_ value: JSON) -> JSON? {
        switch value {
        case .string(let text):
            .string(String(String.UnicodeScalarView(text.unicodeScalars.prefix(Slices.maximumValueBytes + 1))))
        case .integer, .number, .bool: value
        case .null, .array, .object, .raw: nil
        }
    }

    private static func identifier(_ value: JSON?) -> Identifier? {
        value.flatMap { $0.isTruthy ? identifier($0.scriptText) : nil }
    }

    private static func identifier(_ text: String) -> Identifier? { try? Identifier(text) }
}
