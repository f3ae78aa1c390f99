import ArgumentParser
import HooklinePrimitives

/// What is told of a tenant.
struct TenantOptions: ParsableArguments {
    @Option(help: "A name for people.")
    var name: String?

    @Option(help: ArgumentHelp("A JSON object with whatever you keep of them.", valueName: "json"))
    var metadata: JSONArgument?

    /// The members that are given.
    var members: JSONObject {
        var members = JSONObject()
        if let name { members["name"] = .string(name) }
        if let metadata { members["metadata"] = .raw(metadata.raw) }
        return members
    }
}
