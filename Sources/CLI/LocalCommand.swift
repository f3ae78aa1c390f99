import ArgumentParser

/// A command that needs no Hookline to talk to.
protocol LocalCommand: AsyncParsableCommand {
    /// Does the work. What is wrong is thrown: as a `ClientError`, or as an `ExitCode` after it was said.
    func run(_ console: Console) async throws
}

extension LocalCommand {
    func run() async throws {
        let console = Console.standard
        do {
            try await run(console)
        } catch {
            throw console.exitCode(telling: error)
        }
    }
}
