public import Logging
public import ServiceLifecycle

/// Tells the database once a minute when keys were used, and a last time at the end.
public struct KeyUsageWorker: Service {
    private let authenticator: Authenticator
    private let logger: Logger

    public init(authenticator: Authenticator, logger: Logger) {
        self.authenticator = authenticator
        self.logger = logger
    }

    public func run() async throws {
        do {
            while true {
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(Self.intervalSeconds)) }
                await flush()
            }
        } catch is CancellationError {
            await flush()
        }
    }

    private func flush() async {
        do {
            try await authenticator.flushUsage()
        } catch {
            // The moments are kept for the next time, so nothing is lost yet.
            logger.debug("Could not note when keys were used", metadata: ["error": "\(error)"])
        }
    }

    static let intervalSeconds = 60
}
