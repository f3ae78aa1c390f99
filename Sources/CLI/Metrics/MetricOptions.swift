import ArgumentParser
import HooklinePrimitives

/// The parts of a named metric's definition, as flags.
struct MetricOptions: ParsableArguments {
    @Option(help: "What it means, for people.")
    var description: String?

    @Option(help: ArgumentHelp("How long after its exposure a unit's events begin to count.", valueName: "span"))
    var delay: TimeSpanArgument?

    @Option(help: ArgumentHelp("For how long a unit's events count, such as 7d.", valueName: "span"))
    var window: TimeSpanArgument?

    @Option(help: "What it is for: goal, secondary or guardrail.")
    var role: RoleArgument?

    @Option(help: "Which way is better: increase or decrease.")
    var direction: DirectionArgument?

    @Option(
        help: ArgumentHelp("How much worse than control a guardrail may be: 0.02 for two percent.", valueName: "share")
    )
    var margin: Double?

    @Option(
        name: .customLong("set"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "Any other member of the definition, such as 'cap={\"percentile\":0.99}'; null takes one out.",
            valueName: "name=json"
        )
    )
    var settings: [SettingArgument] = []

    @Option(
        help: ArgumentHelp(
            "The definition as a JSON object, instead of flags; - reads it from the input.",
            valueName: "path"
        )
    )
    var file: String?

    func validate() throws {
        if file != nil, !members.isEmpty {
            throw ValidationError("--file holds the whole definition; leave the other flags out")
        }
        if let margin, !margin.isFinite { throw ValidationError("--margin is no finite number") }
    }

    /// The members that were given.
    var members: JSONObject {
        var object = JSONObject()
        if let description { object["description"] = .string(description) }
        for setting in settings { object[setting.name] = setting.json }
        if let delay { object["delay_seconds"] = .number(Double(delay.milliseconds) / 1000) }
        if let window { object["window_seconds"] = .number(Double(window.milliseconds) / 1000) }
        if let role { object["role"] = .string(role.rawValue) }
        if let direction { object["direction"] = .string(direction.rawValue) }
        if let margin { object["margin"] = .number(margin) }
        return object
    }

    /// The body of the request: of the flags, or of the file.
    func body() throws -> JSONObject {
        guard let file else { return members }
        let bytes = try InputFile.contents(of: file, maximumBytes: DefinitionOptions.maximumFileBytes)
        return try DefinitionOptions.object(bytes, file)
    }
}

enum RoleArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
    case goal, secondary, guardrail
}

enum DirectionArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
    case increase, decrease
}

/// `name=json`, as in `quantile=0.9` or `where={"device":"phone"}`.
struct SettingArgument: ExpressibleByArgument, Equatable {
    let name: String
    let json: JSON

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex,
            let json = try? JSON.parse(String(argument[argument.index(after: equals)...]))
        else { return nil }
        name = String(argument[..<equals])
        self.json = json
    }
}
