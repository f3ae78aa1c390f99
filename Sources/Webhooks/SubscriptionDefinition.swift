public import HooklinePrimitives

/// What a subscriber asks for.
public struct SubscriptionDefinition: Sendable, Equatable {
    /// Where events are posted to.
    public var url: WebhookURL
    public var eventTypes: EventTypeSelection
    /// The channels whose events are wanted; those of every channel, and of none, where there is no restriction.
    public var channels: ChannelSelection
    /// What an event's payload must be like; nil for every payload.
    public var filter: JSONFilter?
    /// Whose events these are; nil for the studio's own.
    public var tenant: Identifier?
    public var description: String
    /// Anything that the subscriber wants to find again: texts by name.
    public var metadata: [String: String]
    public var format: PayloadFormat
    public var retry: RetrySchedule
    /// Whether events wait for those before them.
    public var ordering: DeliveryOrdering
    /// The most exchanges at a time.
    public var concurrency: Int
    /// The most attempts a second; nil for no limit.
    public var ratePerSecond: Double?
    /// How long one exchange may take, from the look-up of the name to the last byte of the answer.
    public var timeoutMilliseconds: Int
    /// Signs with an ed25519 key too, so that receivers verify without a secret.
    public var signsAsymmetrically: Bool

    public static let defaultTimeoutMilliseconds = 15_000
    public static let acceptedTimeoutSeconds = 1.0...60.0
    public static let acceptedConcurrency = 1...256
    public static let defaultConcurrency = 32
    public static let acceptedRates = 0.01...10_000.0
    public static let maximumDescriptionBytes = 1024
    public static let maximumMetadataMembers = 50
    public static let maximumMetadataNameBytes = 64
    public static let maximumMetadataValueBytes = 512

    public init(
        url: WebhookURL,
        eventTypes: EventTypeSelection,
        channels: ChannelSelection = .all,
        filter: JSONFilter? = nil,
        tenant: Identifier? = nil,
        description: String = "",
        metadata: [String: String] = [:],
        format: PayloadFormat = .standard,
        retry: RetrySchedule = .default,
        ordering: DeliveryOrdering = .none,
        concurrency: Int = SubscriptionDefinition.defaultConcurrency,
        ratePerSecond: Double? = nil,
        timeoutMilliseconds: Int = SubscriptionDefinition.defaultTimeoutMilliseconds,
        signsAsymmetrically: Bool = false
    ) {
        self.url = url
        self.eventTypes = eventTypes
        self.channels = channels
        self.filter = filter
        self.tenant = tenant
        self.description = description
        self.metadata = metadata
        self.format = format
        self.retry = retry
        self.ordering = ordering
        self.concurrency = concurrency
        self.ratePerSecond = ratePerSecond
        self.timeoutMilliseconds = timeoutMilliseconds
        self.signsAsymmetrically = signsAsymmetrically
    }
}

// MARK: - As JSON

extension SubscriptionDefinition {
    /// The names of the fields, in the order in which they are written.
    public static let fieldNames = [
        "url", "events", "channels", "filter", "tenant", "description", "metadata", "format", "retry", "ordering",
        "concurrency", "rate_per_second", "timeout_seconds", "ed25519",
    ]

    /// Reads a definition, or a change of one: what a field is missing for stays as `base` has it, and null takes it
    /// back to its default.
    ///
    /// - Throws: `FieldError` for the first field that is not accepted.
    public init(_ fields: JSONFields, changing base: SubscriptionDefinition? = nil) throws(FieldError) {
        if let base, !fields.contains("url") {
            self = base
        } else {
            self.init(url: try Self.url(fields.required("url")), eventTypes: base?.eventTypes ?? .all)
            if let base {
                let url = url
                self = base
                self.url = url
            }
        }
        if base == nil || fields.contains("events") {
            eventTypes = try EventTypeSelection(fields.required("events"))
        }
        if fields.contains("channels") {
            channels = try ChannelSelection(fields.optional("channels"))
        }
        if fields.contains("filter") {
            filter = try fields.optional("filter").map { (field) throws(FieldError) in
                try JSONFilter(field.value, path: field.path)
            }
        }
        if fields.contains("tenant") {
            tenant = try fields.optional("tenant").map { (field) throws(FieldError) in try field.identifier() }
        }
        try readDelivery(fields)
        try readNotes(fields)
    }

    private mutating func readDelivery(_ fields: JSONFields) throws(FieldError) {
        if fields.contains("format") { format = try fields.optional("format")?.choice() ?? .standard }
        if fields.contains("retry") {
            retry =
                try fields.optional("retry").map { (field) throws(FieldError) in try RetrySchedule(field) } ?? .default
        }
        if fields.contains("ordering") { ordering = try fields.optional("ordering")?.choice() ?? .none }
        if fields.contains("concurrency") {
            concurrency =
                try fields.optional("concurrency")?.integer(in: Self.acceptedConcurrency) ?? Self.defaultConcurrency
        }
        if fields.contains("rate_per_second") {
            ratePerSecond = try fields.optional("rate_per_second")?.double(in: Self.acceptedRates)
        }
        if fields.contains("timeout_seconds") {
            let seconds = try fields.optional("timeout_seconds")?.double(in: Self.acceptedTimeoutSeconds)
            timeoutMilliseconds = seconds.map { Int(($0 * 1000).rounded()) } ?? Self.defaultTimeoutMilliseconds
        }
        if fields.contains("ed25519") { signsAsymmetrically = try fields.optional("ed25519")?.bool() ?? false }
    }

    private mutating func readNotes(_ fields: JSONFields) throws(FieldError) {
        if fields.contains("description") {
            description = try fields.optional("description")?.string(maximumBytes: Self.maximumDescriptionBytes) ?? ""
        }
        guard fields.contains("metadata") else { return }
        metadata = [:]
        guard let given = fields.optional("metadata") else { return }
        let members = try given.object().all
        guard members.count <= Self.maximumMetadataMembers else {
            throw given.error("has \(members.count) members; accepted are at most \(Self.maximumMetadataMembers)")
        }
        for (name, field) in members {
            guard (1...Self.maximumMetadataNameBytes).contains(name.utf8.count) else {
                throw field.error(
                    "has a name of \(name.utf8.count) bytes; accepted are 1 to \(Self.maximumMetadataNameBytes)"
                )
            }
            metadata[name] = try field.string(maximumBytes: Self.maximumMetadataValueBytes)
        }
    }

    private static func url(_ field: JSONField) throws(FieldError) -> WebhookURL {
        let text = try field.string()
        do {
            return try WebhookURL(text)
        } catch {
            throw field.error("\(error)")
        }
    }

    public var json: JSONObject {
        [
            "url": .string(url.text),
            "events": eventTypes.json,
            "channels": channels.json,
            "filter": JSON(filter.map { RawJSON(unchecked: $0.text.utf8) }),
            "tenant": JSON(tenant),
            "description": .string(description),
            "metadata": .object(metadataJSON),
            "format": .string(format.rawValue),
            "retry": retry.json,
            "ordering": .string(ordering.rawValue),
            "concurrency": JSON(concurrency),
            "rate_per_second": JSON(ratePerSecond),
            "timeout_seconds": timeoutMilliseconds % 1000 == 0
                ? JSON(timeoutMilliseconds / 1000) : .number(Double(timeoutMilliseconds) / 1000),
            "ed25519": .bool(signsAsymmetrically),
        ]
    }

    private var metadataJSON: JSONObject {
        var object = JSONObject()
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) { object[name] = .string(value) }
        return object
    }
}
