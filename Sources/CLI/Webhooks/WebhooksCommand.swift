import ArgumentParser

/// `hookline webhooks`
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "Tells other systems what happened, and shows what became of it.",
        subcommands: [
            VerifySignatureCommand.self, WebhookSinkCommand.self, GenerateKeyFileCommand.self,
        ]
    )
}
