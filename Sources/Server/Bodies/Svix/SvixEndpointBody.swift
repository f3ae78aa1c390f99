import HooklinePrimitives
import HooklineWebhooks

/// Svix's `EndpointIn`, `EndpointUpsertIn`, `EndpointPatch` and `EndpointOut`.
struct SvixEndpointBody: Sendable {
    let uid: String?
    let isDisabled: Bool?
    let secret: SigningSecret?
    let headers: CustomHeaders?
    private let fields: JSONFields
    private let isPatch: Bool

    /// The fields of Svix's clients of version 2, with their names in version 1 and what they are to a subscription.
    private static let eventTypes = (names: ["eventTypes", "filterTypes"], native: "events")
    private static let rate = (names: ["throttleRate", "rateLimit"], native: "rate_per_second")
    private static let acceptedRates = 1...10_000

    /// - Parameters:
    ///   - fields: the body.
    ///   - isPatch: whether a field that is missing stays as it is, rather than to be taken back to its default.
    ///   - isNew: whether a secret and headers may be given.
    init(_ fields: JSONFields, isPatch: Bool, isNew: Bool) throws(FieldError) {
        try fields.allowOnly(
            "url",
            "uid",
            "description",
            "eventTypes",
            "filterTypes",
            "channels",
            "throttleRate",
            "rateLimit",
            "disabled",
            "metadata",
            "secret",
            "headers",
            "version"
        )
        if !isNew {
            try fields.refuse("secret", "is changed by rotating it: POST .../secret/rotate")
            try fields.refuse("headers", "are changed by PUT and PATCH .../headers")
        }
        self.fields = fields
        self.isPatch = isPatch
        uid = try fields.optional("uid").map { (field) throws(FieldError) in
            try SvixUID.read(field, otherThan: SvixUID.endpointPrefix)
        }
        isDisabled = try fields.optional("disabled")?.bool()
        secret = try fields.optional("secret").map { (field) throws(FieldError) in try Self.secret(field) }
        headers = try fields.optional("headers").map { (field) throws(FieldError) in
            try SvixHeaders.read(field.object().all, into: .none)
        }
    }

    /// Reads a secret, which Svix accepts without its prefix too.
    static func secret(_ field: JSONField) throws(FieldError) -> SigningSecret {
        let text = try field.string()
        do {
            return try SigningSecret(text: text.contains("_") ? text : "whsec_\(text)")
        } catch {
            throw field.error(error.description)
        }
    }

    /// The definition of a new endpoint: retried as Svix does, with the payload alone as the body.
    func definition(of application: Identifier) throws(FieldError) -> SubscriptionDefinition {
        var native = try native(metadata: [:])
        native["tenant"] = JSON(application)
        native["format"] = .string(PayloadFormat.payload.rawValue)
        native["retry"] = RetrySchedule.standard.json
        return try read(native, changing: nil)
    }

    /// A definition with the changes of the body. What Svix does not know of a subscription stays as it is.
    func changing(_ definition: SubscriptionDefinition) throws(FieldError) -> SubscriptionDefinition {
        try read(native(metadata: definition.metadata), changing: definition)
    }

    private func read(
        _ native: JSONObject,
        changing base: SubscriptionDefinition?
    ) throws(FieldError) -> SubscriptionDefinition {
        do {
            return try SubscriptionDefinition(JSONFields(native), changing: base)
        } catch {
            throw renamed(error)
        }
    }

    /// The body's fields as a subscription calls them.
    private func native(metadata old: [String: String]) throws(FieldError) -> JSONObject {
        var native = JSONObject()
        if fields.contains("url") || !isPatch { native["url"] = try fields.required("url").value }
        for name in ["description", "channels"] where fields.contains(name) || !isPatch {
            native[name] = fields.optional(name)?.value ?? .null
        }
        if isGiven(Self.eventTypes.names) || !isPatch {
            native[Self.eventTypes.native] = given(Self.eventTypes.names)?.value ?? ["*"]
        }
        if isGiven(Self.rate.names) || !isPatch {
            let rate = try given(Self.rate.names)?.integer(in: Self.acceptedRates)
            native[Self.rate.native] = JSON(rate)
        }
        native["metadata"] = .object(try metadata(changing: old))
        return native
    }

    private func metadata(changing old: [String: String]) throws(FieldError) -> JSONObject {
        var metadata = JSONObject()
        if let field = fields.optional("metadata") {
            metadata = try SvixMetadata.read(field)
        } else if isPatch, !fields.contains("metadata") {
            for (name, value) in old { metadata[name] = .string(value) }
        }
        let uid = isPatch && !fields.contains("uid") ? old[SvixUID.metadataName] : uid
        metadata[SvixUID.metadataName] = uid.map { .string($0) }
        return metadata
    }

    private func isGiven(_ names: [String]) -> Bool { names.contains { fields.contains($0) } }

    private func given(_ names: [String]) -> JSONField? { names.lazy.compactMap { fields.optional($0) }.first }

    /// An error with the name that the client has for the field.
    func renamed(_ error: FieldError) -> FieldError {
        for (names, native) in [Self.eventTypes, Self.rate] where error.field.hasPrefix(native) {
            let name = names.first { fields.contains($0) } ?? names[0]
            return FieldError(field: name + error.field.dropFirst(native.count), problem: error.problem)
        }
        return error
    }

    static func json(_ subscription: Subscription) -> JSONObject {
        let definition = subscription.definition
        let types: JSON = definition.eventTypes == .all ? .null : definition.eventTypes.json
        let rate = JSON(definition.ratePerSecond.map { Int(max(1, $0.rounded())) })
        var metadata = JSONObject()
        for (name, value) in definition.metadata.sorted(by: { $0.key < $1.key }) where name != SvixUID.metadataName {
            metadata[name] = .string(value)
        }
        return [
            "id": JSON(subscription.id),
            "uid": JSON(SvixUID.of(subscription)),
            "url": .string(definition.url.text),
            "description": .string(definition.description),
            "eventTypes": types,
            "filterTypes": types,
            "channels": definition.channels == .all ? .null : definition.channels.json,
            "throttleRate": rate,
            "rateLimit": rate,
            "disabled": .bool(!subscription.isEnabled),
            "metadata": .object(metadata),
            "version": 1,
            "createdAt": JSON(subscription.createdAt),
            "updatedAt": JSON(subscription.updatedAt),
        ]
    }
}
