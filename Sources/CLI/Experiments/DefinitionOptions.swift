import ArgumentParser
import HooklinePrimitives

/// The parts of an experiment's definition, as flags.
struct DefinitionOptions: ParsableArguments {
    @Option(help: "What people call it.")
    var name: String?

    @Option(help: "What is tried, and why.")
    var description: String?

    @Option(
        name: .customLong("variant"),
        parsing: .singleValue,
        help: ArgumentHelp("A variant's key; once for each, in their order.", valueName: "key")
    )
    var variants: [String] = []

    @Option(help: ArgumentHelp("The share of each variant; equal ones without it.", valueName: "key=share,..."))
    var split: SplitArgument?

    @Option(
        name: .customLong("metric"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "What is compared: NAME for numbers that are posted, or NAME:KIND:EVENT[:PROPERTY] for what is folded from "
                + "events; KIND is proportion, count, sum or mean. use:ID[:VERSION] takes a named metric. Or a JSON object, for "
                + "every other kind and setting.",
            valueName: "metric"
        )
    )
    var metrics: [MetricArgument] = []

    @Option(
        name: .customLong("dimension"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "A property of exposures by which results are broken down; once for each.",
            valueName: "name"
        )
    )
    var dimensions: [String] = []

    @Option(
        help: ArgumentHelp(
            "When it is read, and by what it is decided: units=20000, and optionally analyses=4, alpha=0.05, power=0.8, "
                + "minimum_effect=0.05, metric=NAME.",
            valueName: "key=value,..."
        )
    )
    var plan: PlanArgument?

    @Option(
        help: ArgumentHelp(
            "Whether an arm that breaks a guardrail is halted at once; it takes a metric with a margin.",
            valueName: "true|false"
        )
    )
    var haltOnBreach: Bool?

    @Option(help: ArgumentHelp("The share of all units that takes part, above 0 and up to 1.", valueName: "share"))
    var coverage: Double?

    @Option(help: "What is randomised: user, content, external or attribute:NAME.")
    var unit: UnitArgument?

    @Option(help: "Experiments with the same seed allocate alike.")
    var seed: String?

    @Option(help: ArgumentHelp("The variant that the others are compared with.", valueName: "key"))
    var control: String?

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
    }

    /// The members that were given.
    var members: JSONObject {
        var object = JSONObject()
        if let name { object["name"] = .string(name) }
        if let description { object["description"] = .string(description) }
        if !variants.isEmpty { object["variants"] = .array(variants.map { .string($0) }) }
        if let split { object["split"] = split.json }
        if !metrics.isEmpty { object["metrics"] = .array(metrics.map(\.json)) }
        if !dimensions.isEmpty { object["dimensions"] = .array(dimensions.map { .string($0) }) }
        if let plan { object["plan"] = plan.json }
        if let haltOnBreach { object["halt_on_breach"] = .bool(haltOnBreach) }
        if let coverage, coverage.isFinite { object["coverage"] = .number(coverage) }
        if let unit { object["unit"] = unit.json }
        if let seed { object["seed"] = .string(seed) }
        if let control { object["control"] = .string(control) }
        return object
    }

    /// The largest definition that is read from a file.
    static let maximumFileBytes = 4 * 1024 * 1024

    /// The body of the request: of the flags, or of the file.
    func body() throws -> JSONObject {
        guard let file else { return members }
        return try Self.object(InputFile.contents(of: file, maximumBytes: Self.maximumFileBytes), file)
    }

    static func object(_ bytes: [UInt8], _ path: String) throws(ClientError) -> JSONObject {
        let json: JSON
        do {
            json = try JSON.parse(bytes)
        } catch {
            throw .unusable("\(path) is no JSON \(error)")
        }
        guard let object = json.object else { throw .unusable("\(path) holds no JSON object") }
        return object
    }
}
