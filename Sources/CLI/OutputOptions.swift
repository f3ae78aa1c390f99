import ArgumentParser
import HooklinePrimitives

/// How a command writes what it found.
struct OutputOptions: ParsableArguments {
    enum Format: String, CaseIterable, ExpressibleByArgument, Sendable { case table, json }

    @Option(name: .customLong("format"), help: "table, or json: what the server answered.")
    var chosen = Format.table

    @Flag(help: "The same as --format json.")
    var json = false

    var format: Format { json ? .json : chosen }
}

extension Console {
    /// JSON for other programs: with white space, so that people can read it too.
    func show(_ json: JSON) {
        write(String(decoding: json.encoded(pretty: true), as: UTF8.self) + "\n")
    }

    /// JSON on one line, for outputs that go on.
    func showLine(_ json: JSON) { line(json.text) }
}
