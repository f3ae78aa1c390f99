import ArgumentParser
import HooklinePrimitives
import HooklineWebhooks

/// What a subscriber asks for, as flags. What is not given stays as it is, or as the server has it.
struct SubscriptionOptions: ParsableArguments {
    @Option(
        name: .customLong("events"),
        parsing: .singleValue,
        help: ArgumentHelp("Types between commas: video.created, all below video.*, or *.", valueName: "types")
    )
    var events: [WordsArgument] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Only events with one of these channels; commas between them.", valueName: "channels")
    )
    var channels: [WordsArgument] = []

    @Option(help: ArgumentHelp("What payloads must be like, in JSON: '{\"score\":{\"$gte\":0.8}}'.", valueName: "json"))
    var filter: JSONArgument?

    @Option(help: "standard, cloudevents or envelope: how a body is built around the payload.")
    var format: PayloadFormat?

    @Option(
        help: ArgumentHelp(
            "default (after 1 s and 2 s), standard (ten attempts in three days), none, or delays: 5s,5m,1h.",
            valueName: "schedule"
        )
    )
    var retry: RetryArgument?

    @Option(help: "none, by_key (by the ordering key of events) or strict.")
    var ordering: DeliveryOrdering?

    @Option(help: ArgumentHelp("The most requests at a time.", valueName: "count"))
    var concurrency: Int?

    @Option(help: ArgumentHelp("The most attempts a second.", valueName: "count"))
    var rate: Double?

    @Option(help: ArgumentHelp("How long a request may take, such as 15s.", valueName: "time"))
    var timeout: TimeSpanArgument?

    @Option(help: ArgumentHelp("Whose events these are; the studio's own without it.", valueName: "id"))
    var tenant: String?

    @Option(help: "What people call it.")
    var description: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Anything to find again, once for each.", valueName: "name=value")
    )
    var metadata: [MetadataArgument] = []

    @Option(
        name: .customLong("header"),
        parsing: .singleValue,
        help: ArgumentHelp("Goes with each request: 'Authorization: Bearer ...'.", valueName: "name: value")
    )
    var headers: [HeaderArgument] = []

    @Flag(inversion: .prefixedNo, help: "Signs with an ed25519 key too.")
    var ed25519: Bool?

    @Option(help: ArgumentHelp("A file in PEM that is presented to receivers which ask who calls.", valueName: "path"))
    var clientCertificate: String?

    @Option(help: ArgumentHelp("The private key of the certificate, a file in PEM.", valueName: "path"))
    var clientKey: String?

    func validate() throws {
        guard (clientCertificate == nil) == (clientKey == nil) else {
            throw ValidationError("--client-certificate and --client-key belong together; give both")
        }
        if let rate, !rate.isFinite { throw ValidationError("--rate is \(rate); accepted is a finite number") }
    }

    /// The members that were given. Reads the files of the certificate.
    func members() throws(ClientError) -> JSONObject {
        var object = JSONObject()
        if !events.isEmpty { object["events"] = WordsArgument.json(events) }
        if !channels.isEmpty { object["channels"] = WordsArgument.json(channels) }
        if let filter { object["filter"] = .raw(filter.raw) }
        if let format { object["format"] = .string(format.rawValue) }
        if let retry { object["retry"] = retry.json }
        if let ordering { object["ordering"] = .string(ordering.rawValue) }
        if let concurrency { object["concurrency"] = JSON(concurrency) }
        if let rate { object["rate_per_second"] = .number(rate) }
        if let timeout { object["timeout_seconds"] = .number(Double(timeout.milliseconds) / 1000) }
        if let tenant { object["tenant"] = .string(tenant) }
        if let description { object["description"] = .string(description) }
        if !metadata.isEmpty { object["metadata"] = Self.object(metadata.map { ($0.name, $0.value) }) }
        if !headers.isEmpty { object["headers"] = Self.object(headers.map { ($0.name, $0.value) }) }
        if let ed25519 { object["ed25519"] = .bool(ed25519) }
        if let clientCertificate, let clientKey {
            object["client_certificate"] = [
                "certificate": .string(try Self.text(of: clientCertificate)),
                "private_key": .string(try Self.text(of: clientKey)),
            ]
        }
        return object
    }

    private static func object(_ pairs: [(name: String, value: String)]) -> JSON {
        var object = JSONObject()
        for (name, value) in pairs { object[name] = .string(value) }
        return .object(object)
    }

    private static func text(of path: String) throws(ClientError) -> String {
        let bytes = try InputFile.contents(of: path, maximumBytes: ClientIdentity.maximumPEMBytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
