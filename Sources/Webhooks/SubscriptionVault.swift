import HooklinePrimitives

/// Seals and opens what is secret of subscriptions, and reads their documents.
struct SubscriptionVault: Sendable {
    private let keys: EncryptionKeyRing

    private static let secretPurpose = "secret"
    private static let extrasPurpose = "subscription"

    init(keys: EncryptionKeyRing) {
        self.keys = keys
    }

    // MARK: Signing secrets

    func seal(_ secret: SigningSecret, of id: Identifier) -> [UInt8] {
        keys.seal(Array(secret.text.utf8), associatedData: data(Self.secretPurpose, id))
    }

    func open(_ secret: StoredSecret, of id: Identifier) throws(WebhookError) -> SigningSecret {
        let text = try open(secret.sealed, Self.secretPurpose, id)
        do {
            return try SigningSecret(text: String(decoding: text, as: UTF8.self))
        } catch {
            throw .sealed(problem: "a secret of the subscription '\(id)' \(error)")
        }
    }

    // MARK: Headers and certificates

    /// - Returns: nil where there is nothing to seal.
    func seal(_ secrets: SubscriptionSecrets, of id: Identifier) -> [UInt8]? {
        guard secrets != SubscriptionSecrets() else { return nil }
        var headers = JSONObject()
        for header in secrets.headers.all { headers[header.name] = .string(header.value) }
        let json: JSON = [
            "headers": .object(headers),
            "certificate": JSON(secrets.certificate?.chainPEM),
            "private_key": JSON(secrets.certificate?.privateKeyPEM),
        ]
        return keys.seal(json.encoded(), associatedData: data(Self.extrasPurpose, id))
    }

    func openExtras(_ sealed: [UInt8]?, of id: Identifier) throws(WebhookError) -> SubscriptionSecrets {
        guard let sealed else { return SubscriptionSecrets() }
        let text = try open(sealed, Self.extrasPurpose, id)
        do {
            let json = try JSON.parse(text)
            var secrets = SubscriptionSecrets()
            secrets.headers = try CustomHeaders(
                (json["headers"]?.object ?? JSONObject()).map {
                    CustomHeaders.Header(name: $0.key, value: $0.value.string ?? "")
                }
            )
            if let chain = json["certificate"]?.string, let key = json["private_key"]?.string {
                secrets.certificate = try ClientCertificate(chainPEM: chain, privateKeyPEM: key)
            }
            return secrets
        } catch {
            throw .sealed(problem: "the headers of the subscription '\(id)': \(error)")
        }
    }

    // MARK: Documents

    /// A subscription and what is sealed of it.
    func subscription(_ stored: StoredSubscription) throws(WebhookError) -> (Subscription, SubscriptionSecrets) {
        let secrets = try openExtras(stored.sealed, of: stored.id)
        return (try subscription(stored, secrets), secrets)
    }

    /// What may be told of a subscription. Where its headers cannot be opened, they are left out.
    func description(of stored: StoredSubscription) throws(WebhookError) -> Subscription {
        try subscription(stored, (try? openExtras(stored.sealed, of: stored.id)) ?? SubscriptionSecrets())
    }

    private func subscription(
        _ stored: StoredSubscription,
        _ secrets: SubscriptionSecrets
    ) throws(WebhookError) -> Subscription {
        let definition: SubscriptionDefinition
        do {
            definition = try SubscriptionDefinition(JSONField(JSON.parse(stored.document.utf8)).object())
        } catch {
            throw .sealed(problem: "the document of the subscription '\(stored.id)' \(error)")
        }
        return Subscription(
            number: stored.number,
            id: stored.id,
            definition: definition,
            headerNames: secrets.headers.all.map(\.name),
            hasClientCertificate: secrets.certificate != nil,
            state: stored.state,
            disabledReason: stored.disabledReason,
            disabledAt: stored.disabledAt,
            needsVerification: stored.needsVerification,
            createdAt: stored.createdAt,
            updatedAt: stored.updatedAt,
            revision: stored.revision
        )
    }

    // MARK: A new key

    /// What everything begins with that the first key has sealed.
    var sealingPrefix: [UInt8] { keys.sealingPrefix }

    /// The same value, sealed with the first key.
    func reseal(_ value: SealedValue) throws(EncryptionError) -> [UInt8] {
        let purpose =
            switch value.place {
            case .secret: Self.secretPurpose
            case .extras: Self.extrasPurpose
            }
        let data = data(purpose, value.subscription)
        return keys.seal(try keys.open(value.bytes, associatedData: data), associatedData: data)
    }

    private func open(_ sealed: [UInt8], _ purpose: String, _ id: Identifier) throws(WebhookError) -> [UInt8] {
        do {
            return try keys.open(sealed, associatedData: data(purpose, id))
        } catch {
            throw .sealed(problem: "the subscription '\(id)': \(error)")
        }
    }

    private func data(_ purpose: String, _ id: Identifier) -> String {
        EncryptionKeyRing.associatedData(purpose: purpose, subscription: id)
    }
}
