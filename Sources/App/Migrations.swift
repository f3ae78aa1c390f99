import HooklineEvents
import HooklineExperiments
import HooklineServer
public import HooklineStorage
import HooklineWebhooks

/// The schema: every domain's steps in one order, which is only ever appended to.
public enum Migrations {
    public static let all: [Migration] =
        EventMigrations.all + ExperimentMigrations.all + KeyMigrations.all
        + OutboxMigrations.all + WebhookMigrations.all
}
