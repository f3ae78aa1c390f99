import HooklineEvents
import HooklineStorage
public import Logging
public import ServiceLifecycle

/// Keeps this node's features up to date, and brings the exposures of its evaluations to the log.
public struct FeatureWorker: Service {
    private let features: Features
    private let logger: Logger

    /// How long another node's change may go unseen where its notice is lost.
    static let interval = Duration.seconds(1)

    public init(features: Features, logger: Logger) {
        self.features = features
        self.logger = logger
    }

    /// Works until the service is told to stop, and then writes what was recorded last.
    public func run() async throws {
        let (cache, recorder) = (features.published, features.recorder)
        cache.setFollowed(true)
        recorder.setFollowed(true)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [features, logger] in
                let announced = features.database.announcements(of: FeatureCache.changed)
                await WakeUps(announced, every: Self.interval).work("features", logger: logger) {
                    try await cache.refresh()
                }
            }
            group.addTask { [logger] in
                await WakeUps(recorder.waiting(), every: Self.interval).work("exposures", logger: logger) {
                    try await recorder.flush()
                }
            }
        }
        cache.setFollowed(false)
        recorder.setFollowed(false)
        cache.finish()
        // The server has stopped before: nobody records any more. A database that is gone loses what a crash would.
        do {
            try await recorder.flush()
        } catch {
            logger.warning("Exposures were not written", metadata: ["error": "\(error)"])
        }
    }
}
