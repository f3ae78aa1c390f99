import HooklineServer
import Logging
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Begins the end: the first service to be told of a shutdown, being the last in the list.
struct ShutdownService: Service {
    let readiness: Readiness
    let logger: Logger

    func run() async throws {
        do {
            try await gracefulShutdown()
        } catch is CancellationError {
            // Another service has failed: its error is what the process ends with.
            return
        }
        readiness.beginShutdown()
        logger.notice("Stopping", metadata: ["seconds": "\(ServerLimits.gracefulShutdownTimeoutSeconds)"])
        // A call that never comes back, such as one to a database that is gone, must not keep the process for ever: not
        // even cancellation ends it. So this task is nobody's child, and ends with the process.
        Task.detached { [logger] in
            try await Task.sleep(for: .seconds(Self.lastResortSeconds))
            logger.critical("Stopped the hard way: something did not finish")
            _exit(StartError.ExitStatus.software.rawValue)
        }
    }

    /// What is cancelled when the graceful time is over gets a little more.
    private static let lastResortSeconds = ServerLimits.gracefulShutdownTimeoutSeconds + 5
}
