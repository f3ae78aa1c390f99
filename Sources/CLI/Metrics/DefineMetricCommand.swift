import ArgumentParser
import HooklinePrimitives

/// `hookline metrics define`
struct DefineMetricCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "define",
        abstract: "Defines a named metric.",
        discussion: """
            hookline metrics define watch_time:sum:watch:seconds --window 7d
            hookline metrics define --file metric.json
            hookline experiments create hook-1 --variant control --variant question --metric use:watch_time
            """
    )

    @Argument(
        help: ArgumentHelp(
            "ID for numbers that are posted, or ID:KIND:EVENT[:PROPERTY] for what is folded from events; KIND is proportion, "
                + "count, sum or mean. Every other kind is written with --set or --file.",
            valueName: "metric"
        )
    )
    var metric: MetricArgument?

    @OptionGroup(title: "Definition") var definition: MetricOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard (metric == nil) != (definition.file == nil) else {
            throw ValidationError("a named metric needs either an ID or a --file that holds the whole definition")
        }
        guard metric?.json["use"] == nil else {
            throw ValidationError("'use:' takes a named metric for an experiment; define it by its ID here")
        }
    }

    func body() throws -> JSONObject {
        guard let metric else { return try definition.body() }
        var body: JSONObject = metric.json.object ?? ["name": metric.json]
        // Named metrics have an id where those of an experiment have a name.
        if let name = body["name"] {
            body["name"] = nil
            body["id"] = name
        }
        for member in definition.members { body[member.key] = member.value }
        return body
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let metric = try await client.json(ClientRequest(.post, "metrics", json: .object(try body())))
        MetricView.show(metric, as: output.format, on: console)
    }
}
