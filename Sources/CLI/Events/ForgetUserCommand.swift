import ArgumentParser
import HooklinePrimitives

/// `hookline events forget`
struct ForgetUserCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Takes all events of a user out of the log, and their share out of every result.",
        discussion: "What the user touched is counted anew from what is left. Nothing brings the events back."
    )

    @Argument(help: ArgumentHelp("The user's id.", valueName: "user"))
    var user: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let answer = try await client.json(ClientRequest(.delete, "users", user))
        guard output.format == .table else { return console.show(answer) }
        let number = { (name: String) in NumberText.whole(answer[name]?.integer ?? 0) }
        console.line("\(number("events")) events are forgotten; \(number("units")) units were counted anew.")
        if answer["complete"]?.bool == false {
            console.note("Some events were not folded yet; forget again in a moment.")
        }
    }
}
