public import Logging
import Metrics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is set once for the whole process, before anything else.
public enum ProcessSetup {
    /// Sends the log to standard error and metrics to a registry, and keeps new files for their owner.
    ///
    /// Call it once: the systems of logging and metrics take one backend.
    ///
    /// - Returns: the logger, and the text of `/metrics`.
    public static func run(logLevel: Logger.Level) -> (logger: Logger, metricsText: @Sendable () -> String) {
        // Databases and their logs are made by libraries, with the permissions that this leaves.
        umask(0o077)
        // A peer that closes its end is an error of one write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = logLevel
            return handler
        }
        let registry = PrometheusRegistry()
        ProcessMetrics.register(in: registry)
        MetricsSystem.bootstrap(registry)
        return (Logger(label: "hookline"), { registry.exposition() })
    }
}
