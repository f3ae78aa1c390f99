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

        let read: ReadEvent
        let claim: Claim?

        var event: LoggedEvent { read.event }
    }

    /// What a version has to do with the batch.
    struct Touched {
        var entries: [Entry] = []
        /// The units whose rows may be read or changed.
        var units: Set<Identifier> = []
        /// The users of observations, likewise; nil where nothing was observed.
        var observedUsers: Set<Identifier>?
    }

    private let entries: [Entry]
    /// The indexes of the events that name an experiment, by it, and of all others by type.
    private var byExperiment: [Identifier: [Int]] = [:]
    private var byType: [Identifier: [Int]] = [:]

    init(_ events: [LoggedEvent]) {
        var entries: [Entry] = []
        entries.reserveCapacity(events.count)
        for (index, event) in events.enumerated() {
            let read = ReadEvent(event)
            switch event.type {
            case ExperimentEvents.exposure:
                guard let claim = ExposureClaim(event) else { break }
                entries.append(Entry(read: read, claim: .exposure(claim)))
                byExperiment[claim.experiment, default: []].append(index)
                continue
            case ExperimentEvents.observation:
                guard let (experiment, observation) = Observation.read(event) else { break }
                entries.append(Entry(read: read, claim: .observation(observation)))
                byExperiment[experiment, default: []].append(index)
                continue
            default:
                byType[event.type, default: []].append(index)
            }
            entries.append(Entry(read: read, claim: nil))
        }
        self.entries = entries
    }

    /// The entries that may change a version, in log order.
    func touching(_ measured: MeasuredVersion) -> Touched {
        var indexes = byExperiment[measured.experiment] ?? []
        for type in measured.plan.measuresByType.keys { indexes += byType[type] ?? [] }
        var touched = Touched()
        for index in indexes.sorted() {
            let entry = entries[index]
            guard measured.measures(entry.event.position) else { continue }
            if case .observation = entry.claim {
                var users = touched.observedUsers ?? []
                touched.observedUsers = nil
                if let user = entry.event.userID { users.insert(user) }
                touched.observedUsers = users
            } else if let unit = measured.plan.unit(of: entry.event) {
                touched.units.insert(unit)
            } else if entry.claim == nil {
                continue
            }
            touched.entries.append(entry)
        }
        return touched
    }
}

/// What an exposure says of itself.
struct ExposureClaim {
    let experiment: Identifier
    /// The variant that the sender has shown; nil where it leaves that to the server.
    let variant: Identifier?

    init?(_ event: LoggedEvent) {
        let texts = EventProperties(event.properties).texts(["experiment_id", "variant"])
        guard let experiment = texts[0] else { return nil }
        self.experiment = Identifier(unchecked: experiment)
        variant = texts[1].map(Identifier.init(unchecked:))
    }
}
