import ArgumentParser
import HooklineWebhooks

/// `hookline webhooks keygen`
struct GenerateKeyFileCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Makes a file of keys that seal secrets in the database.",
        discussion: """
            (umask 077; hookline webhooks keygen > hookline.key), then hookline serve --encryption-key-file hookline.key. \
            To change the key, put the new line before the old ones: the first one seals, all of them open, and what old \
            ones have sealed is sealed anew in the background.
            """
    )

    func run(_ console: Console) async throws {
        console.write(EncryptionKeyRing.generateFileText())
    }
}
