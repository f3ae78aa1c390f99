import HooklineEvents
import HooklinePrimitives

/// A batch of the log, read once for all versions that it may touch.
struct BatchOfEvents {
    /// An event, and what it claims where it is one of this domain's own.
    struct Entry {
        enum Claim {
            case exposure(ExposureClaim)
            case observation(Observation)
        }

        let event: LoggedEvent
        let claim: Claim?
    }

    /// What a version has to do with the batch.
    struct Touched {
        var entries: [Entry] = []
        /// The units whose rows may be read or changed.
        var units: Set<Identifier> = []
        /// The earliest exposure in the batch by unit.
        var exposures: [Identifier: Timestamp] = [:]
    }

    private let entries: [Entry]
    /// The indexes of the events that name an experiment, by it, and of all others by type.
    private var byExperiment: [Identifier: [Int]] = [:]
    private var byType: [Identifier: [Int]] = [:]

    init(_ events: [LoggedEvent]) {
        var entries: [Entry] = []
        entries.reserveCapacity(events.count)
        for (index, event) in events.enumerated() {
            switch event.type {
            case ExperimentEvents.exposure:
                guard let claim = ExposureClaim(event) else { break }
                entries.append(Entry(event: event, claim: .exposure(claim)))
                byExperiment[claim.experiment, default: []].append(index)
                continue
            case ExperimentEvents.observation:
                guard let (experiment, observation) = Observation.read(event) else { break }
                entries.append(Entry(event: event, claim: .observation(observation)))
                byExperiment[experiment, default: []].append(index)
                continue
            default:
                byType[event.type, default: []].append(index)
            }
            entries.append(Entry(event: event, claim: nil))
        }
        self.entries = entries
    }

    /// The entries that may change a version, in log order.
    func touching(_ measured: MeasuredVersion) -> Touched {
        var indexes = byExperiment[measured.experiment] ?? []
        for type in measured.plan.foldedByType.keys { indexes += byType[type] ?? [] }
        var touched = Touched()
        for index in indexes.sorted() {
            let entry = entries[index]
            guard measured.measures(entry.event.position) else { continue }
            switch entry.claim {
            case .observation:
                if let user = entry.event.userID { touched.units.insert(user) }
            case .exposure:
                guard let unit = measured.plan.unit(of: entry.event) else { break }
                touched.units.insert(unit)
                let known = touched.exposures[unit] ?? entry.event.occurredAt
                touched.exposures[unit] = min(known, entry.event.occurredAt)
            case nil:
                guard let unit = measured.plan.unit(of: entry.event) else { continue }
                touched.units.insert(unit)
            }
            touched.entries.append(entry)
        }
        return touched
    }
}
