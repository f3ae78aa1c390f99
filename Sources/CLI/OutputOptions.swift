import ArgumentParser
import HooklinePrimitives

/// How a command writes what it found.
struct OutputOptions: ParsableArguments {
    enum Format: String, CaseIterable, ExpressibleByArgument, Sendable { case table, json }

    @Option(help: "table, or json: what the server answered.")
    var format = Format.table
}

extension Console {
    /// JSON for other programs: with white space, so that people can read it too.
    func show(_ json: JSON) {
        write(String(decoding: json.encoded(pretty: true), as: UTF8.self) + "\n")
    }
}
