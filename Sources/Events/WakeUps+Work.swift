import HooklineStorage
public import Logging
import ServiceLifecycle

extension WakeUps {
    /// Does a worker's work at every wake-up, until the service is told to stop. What fails is logged, and tried again at the next
    /// one: as a warning where the database will be back, else as an error.
    ///
    /// - Parameters:
    ///   - work: What it is, for the log: "the fold".
    ///   - logger: Where failures go.
    ///   - metadata: What belongs to them.
    ///   - body: The work.
    public func work(
        _ work: String,
        logger: Logger,
        metadata: Logger.Metadata = [:],
        _ body: @escaping @Sendable () async throws -> Void
    ) async {
        await cancelWhenGracefulShutdown {
            await forEach {
                do {
                    try await body()
                } catch is CancellationError {
                } catch {
                    var metadata = metadata
                    metadata["work"] = "\(work)"
                    metadata["error"] = "\(error)"
                    if let error = error as? StorageError, error.isTemporary {
                        logger.warning("Work waits for the database", metadata: metadata)
                    } else {
                        logger.error("Work stands still", metadata: metadata)
                    }
                }
            }
        }
    }
}
