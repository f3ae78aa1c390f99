import ArgumentParser

/// `hookline webhooks`
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "Tells other systems what happened, and shows what became of it.",
        groupedSubcommands: [
            CommandGroup(
                name: "Subscriptions",
                subcommands: [
                    SubscribeCommand.self, ListSubscriptionsCommand.self, GetSubscriptionCommand.self,
                    UpdateSubscriptionCommand.self, EnableSubscriptionCommand.self, DisableSubscriptionCommand.self,
                    VerifySubscriptionCommand.self, RotateSecretCommand.self, DeleteSubscriptionCommand.self,
                ]
            ),
            CommandGroup(
                name: "Events",
                subcommands: [
                    DeliverCommand.self, ListDomainEventsCommand.self, GetDomainEventCommand.self, ExplainCommand.self,
                    EventTypesCommand.self, TenantsCommand.self,
                ]
            ),
            CommandGroup(
                name: "Deliveries",
                subcommands: [
                    ListDeliveriesCommand.self, AttemptsCommand.self, ResendCommand.self, SendEventCommand.self,
                    ReplayCommand.self, ReplaysCommand.self, CancelReplayCommand.self, UndeliveredCommand.self,
                    WebhookStatisticsCommand.self,
                ]
            ),
            CommandGroup(
                name: "Receivers",
                subcommands: [
                    ListenCommand.self, WebhookSinkCommand.self, VerifySignatureCommand.self,
                    GenerateKeyFileCommand.self,
                ]
            ),
        ]
    )
}
