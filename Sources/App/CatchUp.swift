import HooklineEvents
import HooklineExperiments
import HooklineStorage
import Logging
import Synchronization

/// What a server's workers make of the log, made at once: for processes in which none runs.
final class CatchUp: Sendable {
    private let fold: ProjectionWorker
    private let builder: MetricBuildWorker
    private let experiments: Experiments
    private let events: EventStore
    /// The log's head when experiments were decided last.
    private let decided = Mutex<Int64?>(nil)

    init(_ fold: ProjectionWorker, _ builder: MetricBuildWorker, _ experiments: Experiments, _ database: any Database) {
        self.fold = fold
        self.builder = builder
        self.experiments = experiments.acting(as: AuditActor.automatic)
        events = EventStore(database)
    }

    /// Folds everything that the log holds, builds the metrics that were added, and takes the reads and decisions that are due.
    /// Decisions follow from the log, so they are asked for once for each of its heads.
    func run() async throws {
        try await fold.catchUp()
        try await builder.buildAll()
        let head = try await events.head()
        let isNew = decided.withLock { last in
            defer { last = head }
            return last != head
        }
        if isNew { try await experiments.decideAll() }
    }
}
