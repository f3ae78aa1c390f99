import ArgumentParser
import HooklinePrimitives
import HooklineWebhooks

/// `hookline webhooks verify`
struct VerifySignatureCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks the signature of a delivery.",
        discussion: """
            The body is read from the standard input, byte for byte as it was received. The status is 0 where the \
            signature is right, and 1 where it is not.

            hookline webhooks verify --secret whsec_... --id msg_1 --timestamp 1769594400 --signature v1,... < body.json
            """
    )

    @Option(
        name: .customLong("secret"),
        parsing: .singleValue,
        help: ArgumentHelp("What the sender gave: whsec_... or whpk_...; once for each.", valueName: "secret")
    )
    var secrets: [String]

    @Option(
        help: ArgumentHelp("A file with the headers, a line each: webhook-id: msg_1 and so on.", valueName: "path")
    )
    var headers: String?

    @Option(help: ArgumentHelp("The header webhook-id.", valueName: "id"))
    var id: String?

    @Option(help: ArgumentHelp("The header webhook-timestamp.", valueName: "seconds"))
    var timestamp: String?

    @Option(help: ArgumentHelp("The header webhook-signature.", valueName: "signatures"))
    var signature: String?

    @Option(help: ArgumentHelp("How long ago it may have been signed; none for any time.", valueName: "time"))
    var tolerance = ToleranceArgument(TimeSpanArgument(milliseconds: WebhookVerifier.defaultToleranceMilliseconds))

    @Flag(help: "Checks the signature inside of a body in the format 'envelope'; no headers are needed.")
    var envelope = false

    @Argument(help: "The file with the body; - reads the input.")
    var body = InputFile.standardInput

    @OptionGroup var output: OutputOptions

    func validate() throws {
        _ = try verifiers()
        let parts = [id, timestamp, signature].compactMap { $0 }.count
        if envelope {
            guard headers == nil, parts == 0 else {
                throw ValidationError("--envelope looks at no headers: leave them out")
            }
        } else if headers != nil {
            guard parts == 0 else {
                throw ValidationError("give either --headers, or --id, --timestamp and --signature")
            }
        } else {
            guard parts == 3 else { throw ValidationError("give --headers, or --id, --timestamp and --signature") }
        }
    }

    /// One for each secret, so that the one that matches can be told.
    private func verifiers() throws -> [WebhookVerifier] {
        guard WebhookVerifier.acceptedSecrets.contains(secrets.count) else {
            let accepted = WebhookVerifier.acceptedSecrets
            throw ValidationError(
                "--secret is given \(secrets.count) times; accepted are \(accepted.lowerBound) to \(accepted.upperBound)"
            )
        }
        return try secrets.map { secret in
            do {
                return try WebhookVerifier(secrets: [secret])
            } catch {
                throw ValidationError("--secret: \(error)")
            }
        }
    }

    /// The longest body that is read.
    static let maximumBodyBytes = 16 * 1024 * 1024

    func run(_ console: Console) async throws {
        let check = SignatureCheck(
            verifiers: try verifiers(),
            body: try InputFile.contents(of: body, maximumBytes: Self.maximumBodyBytes),
            now: .now()
        )
        let outcome =
            if envelope {
                check.envelope()
            } else {
                check.headers(try receivedHeaders(), toleranceMilliseconds: tolerance.span?.milliseconds)
            }
        switch output.format {
        case .json: console.show(outcome.json)
        case .table where outcome.isVerified: console.line(outcome.text)
        case .table: console.note(outcome.text)
        }
        guard outcome.isVerified else { throw ExitCode.failure }
    }

    private func receivedHeaders() throws -> [(name: String, value: String)] {
        if let headers { return try HeaderFile.read(headers) }
        return [
            (SignatureHeaders.idName, id ?? ""), (SignatureHeaders.timestampName, timestamp ?? ""),
            (SignatureHeaders.signatureName, signature ?? ""),
        ]
    }
}
