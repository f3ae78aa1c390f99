import ArgumentParser
import HooklineExperiments
import HooklinePrimitives

/// `hookline features import`
struct ImportFeaturesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Takes features, saved groups and experiments over from GrowthBook.",
        discussion: """
            The file is a payload of GrowthBook's SDK API (/api/features/KEY), or the answers of its REST API in one object: \
            "features" of /api/v1/features, and optionally "experiments" and "savedGroups". Everything is written, or nothing.

                hookline features import growthbook.json --dry-run
                hookline features import growthbook.json
            """
    )

    @Argument(help: ArgumentHelp("The file; - reads the input.", valueName: "path"))
    var path: String

    @Option(help: "Whose definitions are taken of the REST API's features.")
    var environment = "production"

    @Flag(help: "Only says what would be done, and what is wrong.")
    var dryRun = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let json = JSON.object(
            try DefinitionOptions.object(
                InputFile.contents(of: path, maximumBytes: FeaturePayload.maximumBytes),
                path
            )
        )
        let export: GrowthBookExport
        do throws(FieldError) {
            export = try GrowthBookExport(json, environment: environment)
            try FeatureCheck.check(payload(export), experiments: variants(export))
        } catch {
            throw ClientError.unusable("\(path): \(error)")
        }
        var items: [JSON] = []
        for experiment in export.experiments { items.append(try await make(experiment, client)) }
        if dryRun {
            items += export.writes.map { item($0.kind.rawValue, $0.key, "would be written") }
        } else if !export.writes.isEmpty {
            let written = try await client.json(ClientRequest(.post, "features", json: payload(export)))
            items += written["items"]?.array ?? []
        }
        guard output.format == .table else {
            return console.show(["items": .array(items), "notes": .array(export.notes.map { .string($0) })])
        }
        var table = Table([.text("kind"), .text("key", isElastic: true), .text("status")])
        for item in items { table.add(["kind", "key", "status"].map { ExperimentView.text(item[$0]) }) }
        console.show(table)
        for note in export.notes { console.line(note) }
    }

    /// Makes an experiment and lets it run as it ran. One that is there already, of an import before, must deal units out alike.
    private func make(_ experiment: GrowthBookExport.ImportedExperiment, _ client: any Client) async throws -> JSON {
        let id = experiment.definition.id
        guard !dryRun else { return item("experiment", id, experiment.isRunning ? "would run" : "would be a draft") }
        let body = Self.body(experiment.definition)
        let made = try await client.send(ClientRequest(.post, "experiments", json: .object(body)))
        var state = "draft"
        if !made.isSuccess {
            let problem = ServerProblem(made)
            guard problem.code == "experiment_exists" else {
                throw ClientError.refused(problem, place: client.place)
            }
            let known = Self.asSent(try await client.json(ClientRequest(.get, "experiments", id.text)))
            for name in Self.dealing where known[name] != body[name] {
                throw ClientError.unusable(
                    "the experiment '\(id)' is there already with another '\(name)': \((known[name] ?? .null).text), and "
                        + "not \((body[name] ?? .null).text). By it units would get other variations than they had"
                )
            }
            state = known["state"]?.string ?? ""
        }
        guard experiment.isRunning, state == "draft" else {
            return item("experiment", id, made.isSuccess ? "draft" : "exists")
        }
        _ = try await client.json(ClientRequest(.post, "experiments", id.text, "start"))
        return item("experiment", id, "running")
    }

    /// An experiment as it is answered, in the form in which it is sent.
    private static func asSent(_ experiment: JSON) -> JSONObject {
        var sent = experiment.object ?? [:]
        var split = JSONObject()
        let variants = experiment["variants"]?.array ?? []
        for variant in variants { split[variant["key"]?.string ?? ""] = variant["weight"] }
        sent["variants"] = .array(variants.map { $0["key"] ?? .null })
        sent["split"] = .object(split)
        return sent
    }

    /// What decides which variation a unit gets.
    private static let dealing = ["variants", "split", "coverage", "seed", "unit"]

    private static func body(_ definition: ExperimentDefinition) -> JSONObject {
        var split = JSONObject()
        for (variant, weight) in zip(definition.variants, definition.weights) { split[variant.text] = .number(weight) }
        var body: JSONObject = [
            "id": JSON(definition.id), "name": .string(definition.name), "description": .string(definition.description),
            "variants": .array(definition.variants.map { JSON($0) }), "split": .object(split),
            "coverage": .number(definition.coverage), "seed": .string(definition.seed),
            "control": JSON(definition.control), "unit": "user",
        ]
        if case .attribute(let name) = definition.unit { body["unit"] = ["attribute": JSON(name)] }
        return body
    }

    private func item(_ kind: String, _ key: Identifier, _ status: String) -> JSON {
        ["kind": .string(kind), "key": JSON(key), "status": .string(status)]
    }

    private func payload(_ export: GrowthBookExport) -> JSON {
        var (features, groups) = (JSONObject(), JSONObject())
        for write in export.writes {
            switch write.kind {
            case .feature: features[write.key.text] = write.body
            case .savedGroup: groups[write.key.text] = write.body
            }
        }
        return ["features": .object(features), "savedGroups": .object(groups)]
    }

    /// Of those in the file; others may be there already, and are asked for when it is written.
    private func variants(_ export: GrowthBookExport) -> [Identifier: [Identifier]] {
        Dictionary(uniqueKeysWithValues: export.experiments.map { ($0.definition.id, $0.definition.variants) })
    }
}
