import HooklineEvents
public import Logging
public import ServiceLifecycle

/// Reads experiments when their plans say so, and decides those that are under way, as the log is folded.
///
/// Any number of nodes may run one each.
public struct DecisionWorker: Service {
    private let experiments: Experiments
    private let logger: Logger

    /// How long after it was reached the read of a plan may be taken.
    public static let interval = Duration.seconds(2)

    public init(experiments: Experiments, logger: Logger) {
        self.experiments = experiments.acting(as: AuditActor.automatic)
        self.logger = logger
    }

    /// Decides until the service is told to stop. A failing database is tried again.
    public func run() async throws {
        await WakeUps(every: Self.interval).work("decisions", logger: logger) { try await experiments.decideAll() }
    }
}
