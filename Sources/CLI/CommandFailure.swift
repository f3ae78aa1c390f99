import ArgumentParser
import HooklineApp

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How commands fail: one line on standard error, and an exit status of `sysexits.h`.
enum CommandFailure {
    /// Prints the error, and answers what to throw to the argument parser.
    static func exit(for error: any Error) -> ExitCode {
        let failure: StartError =
            switch error {
            case let error as StartError: error
            case let error as ConfigurationError: StartError(error)
            default: StartError(unexpected: error)
            }
        let line = Array("hookline: \(failure.description)\n".utf8)
        // Nothing can be done where standard error is closed.
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        return ExitCode(failure.status.rawValue)
    }
}
