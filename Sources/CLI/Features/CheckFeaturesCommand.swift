import ArgumentParser
import HooklineExperiments
import HooklinePrimitives

/// `hookline features check`
struct CheckFeaturesCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Says what is wrong with features: unknown operators, cycles, ranges that overlap, and the like.",
        discussion:
            "SDKs take anything, and what has no meaning matches nobody. The status is 1 where something is wrong."
    )

    @Argument(help: ArgumentHelp("A file as GrowthBook's API gives it; - reads the input.", valueName: "payload"))
    var path: String

    func run(_ console: Console) async throws {
        let payload = try FeaturePayload.read(path)
        do throws(FieldError) {
            try FeatureCheck.check(payload)
        } catch {
            throw ClientError.unusable("\(path): \(error)")
        }
        console.line("\(NumberText.count(payload["features"]?.object?.count ?? 0, "feature")), nothing is wrong.")
    }
}
