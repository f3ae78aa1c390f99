import ArgumentParser
import HooklineExperiments
import HooklinePrimitives

/// `hookline features evaluate`
struct EvaluateFeaturesCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Evaluates features for contexts, and prints what an SDK would answer.",
        discussion: """
            A context is a line of JSON: {"attributes": {"id": "user_1"}, "url": "..."}; with forcedVariations, qaMode, enabled and \
            stickyBucketAssignmentDocs as SDKs take them. For each, a line is printed with the result of each feature.

                echo '{"attributes": {"id": "user_1", "country": "DE"}}' | hookline features evaluate features.json
            """
    )

    @Argument(help: ArgumentHelp("A file as GrowthBook's API gives it.", valueName: "payload"))
    var path: String

    @Option(
        name: .customLong("feature"),
        parsing: .singleValue,
        help: ArgumentHelp("Only this feature; once for each.", valueName: "key")
    )
    var features: [String] = []

    @Option(help: ArgumentHelp("A file with a context a line; - reads the input.", valueName: "path"))
    var contexts = InputFile.standardInput

    static let maximumContextBytes = 256 * 1024 * 1024

    func run(_ console: Console) async throws {
        let payload = try FeaturePayload.read(path)
        let set = FeatureSet(payload)
        let asked = features.isEmpty ? payload["features"]?.object?.keys ?? [] : features
        let input = try InputFile.contents(of: contexts, maximumBytes: Self.maximumContextBytes)
        for (number, line) in input.split(separator: UInt8(ascii: "\n")).enumerated() {
            let json: JSON
            do {
                json = try JSON.parse(Array(line))
            } catch {
                throw ClientError.unusable("line \(number + 1) is no JSON \(error)")
            }
            guard json.object != nil else {
                throw ClientError.unusable("line \(number + 1) is no object; accepted is {\"attributes\": {...}}")
            }
            var evaluation = Evaluation(set, EvaluationContext(json))
            var results = JSONObject()
            for key in asked {
                results[key] = .object(evaluation.result(of: Identifier(unchecked: key)).json)
            }
            console.line(JSON.object(results).text)
        }
    }
}
