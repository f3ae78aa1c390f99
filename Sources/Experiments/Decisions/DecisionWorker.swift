import HooklineEvents
import HooklineStorage
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
        let wake = WakeUps(every: Self.interval)
        await cancelWhenGracefulShutdown {
            await wake.forEach {
                do {
                    try await experiments.decideAll()
                } catch let error as StorageError where error.isTemporary {
                    logger.warning("Decisions wait for the database", metadata: ["error": "\(error)"])
                } catch is CancellationError {
                } catch {
                    logger.error("Experiments are not decided", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
