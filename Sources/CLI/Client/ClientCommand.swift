import ArgumentParser
import HooklineApp

/// A command that talks to Hookline.
protocol ClientCommand: AsyncParsableCommand {
    var connection: ConnectionOptions { get }
    /// Does the work. What is wrong is thrown: as a `ClientError`, or as an `ExitCode` after it was said.
    func run(_ client: any Client, _ console: Console) async throws
}

extension ClientCommand {
    func run() async throws {
        let console = Console.standard
        do {
            try await connection.withClient(ProcessEnvironment.variables) { try await run($0, console) }
        } catch {
            throw console.exitCode(telling: error)
        }
    }
}

extension Console {
    /// Says on the error output what went wrong. Answers the status with which the process is to end.
    func exitCode(telling error: any Error) -> ExitCode {
        let (lines, status) = Self.explained(error)
        for (index, line) in lines.enumerated() {
            writeError((index == 0 ? "hookline: " : "          ") + line.withoutControls + "\n")
        }
        return status
    }

    private static func explained(_ error: any Error) -> (lines: [String], status: ExitCode) {
        switch error {
        // Whoever threw it has said why.
        case let status as ExitCode: ([], status)
        case let error as ClientError: (error.lines, .failure)
        case let error as StartError: ([error.description], ExitCode(error.status.rawValue))
        case let error as ConfigurationError:
            ([error.description], ExitCode(StartError.ExitStatus.configuration.rawValue))
        case let error as ValidationError: ([error.message], .validationFailure)
        case is CancellationError: (["interrupted"], .failure)
        default: (["\(error)"], .failure)
        }
    }
}
