import HooklinePrimitives
import HooklineWebhooks

/// A subscription, in and out. What is secret of it goes in and does not come out.
enum SubscriptionBody {
    /// What is asked for by `POST /v1/webhooks/subscriptions`, but for where it starts.
    static func new(_ body: JSONFields) throws -> (definition: SubscriptionDefinition, options: SubscribeOptions) {
        try body.allowOnly(oneOf: newFields)
        var options = SubscribeOptions()
        options.id = try body.optional("id")?.identifier()
        options.secret = try body.optional("secret").map(secret)
        try change(&options.secrets, body)
        options.needsVerification = try body.optional("verify")?.bool() ?? false
        options.isEnabled = try body.optional("enabled")?.bool() ?? true
        return (try SubscriptionDefinition(body), options)
    }

    /// Refuses what is no change of a subscription.
    static func checkChange(_ body: JSONFields) throws(FieldError) {
        try body.allowOnly(oneOf: changeFields)
    }

    /// Merges what is sealed: null takes a header away, or all of them, or the certificate.
    static func change(_ secrets: inout SubscriptionSecrets, _ body: JSONFields) throws(FieldError) {
        if body.contains("headers") {
            secrets.headers = try headers(body.optional("headers"), changing: secrets.headers)
        }
        if body.contains("client_certificate") {
            secrets.certificate = try body.optional("client_certificate").map(certificate)
        }
    }

    static func secret(_ field: JSONField) throws(FieldError) -> SigningSecret {
        let text = try field.string()
        do {
            return try SigningSecret(text: text)
        } catch {
            throw field.error(error.description)
        }
    }

    private static let changeFields = SubscriptionDefinition.fieldNames + ["headers", "client_certificate"]
    private static let newFields = ["id", "secret", "start", "verify", "enabled"] + changeFields

    private static func headers(
        _ field: JSONField?,
        changing old: CustomHeaders
    ) throws(FieldError) -> CustomHeaders {
        guard let field else { return .none }
        var headers = old.all
        for (name, value) in try field.object().all {
            let present = headers.firstIndex { $0.name.lowercased() == name.lowercased() }
            if value.value.isNull {
                if let present { headers.remove(at: present) }
                continue
            }
            let header = CustomHeaders.Header(name: name, value: try value.string())
            if let present, old.all.contains(headers[present]) {
                headers[present] = header
            } else {
                headers.append(header)
            }
        }
        do {
            return try CustomHeaders(headers)
        } catch {
            throw field.error(error.description)
        }
    }

    private static func certificate(_ field: JSONField) throws(FieldError) -> ClientCertificate {
        let fields = try field.object()
        try fields.allowOnly("certificate", "private_key")
        let chain = try fields.required("certificate").string(maximumBytes: ClientIdentity.maximumPEMBytes)
        let key = try fields.required("private_key").string(maximumBytes: ClientIdentity.maximumPEMBytes)
        do {
            return try ClientCertificate(chainPEM: chain, privateKeyPEM: key)
        } catch {
            throw field.error(error.description)
        }
    }

    // MARK: Out

    /// - Parameter publicKey: what verifies `v1a` signatures; nil where the subscription makes none.
    static func json(_ subscription: Subscription, publicKey: String? = nil) -> JSONObject {
        var body: JSONObject = ["id": JSON(subscription.id)]
        for member in subscription.definition.json { body.append(member.key, member.value) }
        body.append("header_names", .array(subscription.headerNames.map { .string($0) }))
        body.append("has_client_certificate", .bool(subscription.hasClientCertificate))
        if let publicKey { body.append("public_key", .string(publicKey)) }
        body.append("verify", .bool(subscription.needsVerification))
        body.append("enabled", .bool(subscription.isEnabled))
        body.append("disabled_reason", JSON(subscription.disabledReason?.rawValue))
        body.append("disabled_at", JSON(subscription.disabledAt))
        body.append("created_at", JSON(subscription.createdAt))
        body.append("updated_at", JSON(subscription.updatedAt))
        return body
    }

    /// With what is told once.
    static func json(_ subscribed: Subscribed) -> JSONObject {
        var body = json(subscribed.subscription, publicKey: subscribed.publicKey)
        body.append("secret", .string(subscribed.secret))
        if let replay = subscribed.replay { body.append("replay", .object(ReplayBody.json(replay))) }
        return body
    }
}
