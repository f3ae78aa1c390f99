public import HooklinePrimitives
import HooklineStorage

/// The handshake by which a receiver proves that it wants events.
extension Webhooks {
    /// Asks a subscription's receiver to repeat a challenge, and enables the subscription where it does.
    ///
    /// One event of the type `webhook.verification` with the payload `{"challenge": TEXT}` is posted, signed and in the
    /// subscription's format. The receiver answers 2xx, with the text or with `{"challenge": TEXT}` as the body. Nothing is
    /// repeated.
    ///
    /// - Throws: `WebhookError.unknownSubscription`; `.verificationFailed`, which never tells the receiver's body.
    public func verify(_ id: Identifier) async throws -> Subscription {
        let receiver = try await database.read { transaction in
            let number = try subscriptionStore.get(id, in: transaction).number
            guard let receiver = try directory.snapshot(in: transaction).subscriptions[number] else {
                throw WebhookError.unknownSubscription(id)
            }
            return receiver
        }
        let challenge = Self.makeChallenge()
        if let problem = Self.problem(of: try await ask(receiver, challenge), challenge) {
            throw WebhookError.verificationFailed(problem: problem)
        }
        let now = clock.now()
        let stored = try await database.write { transaction in
            let stored = try subscriptionStore.locked(id, in: transaction)
            // What was proved is about one address.
            guard try vault.description(of: stored).definition.url == receiver.subscription.definition.url else {
                throw WebhookError.verificationFailed(problem: "the url was changed meanwhile")
            }
            guard stored.state != .enabled else { return stored }
            try subscriptionStore.setState(.enabled, reason: nil, of: stored.number, at: now, in: transaction)
            // Days of failure count from the new beginning.
            try deliveries.setFailing(stored.number, since: nil, in: transaction)
            return try subscriptionStore.get(id, in: transaction)
        }
        await announceChange()
        return try vault.description(of: stored)
    }

    private func ask(_ receiver: Receiver, _ challenge: String) async throws -> ExchangeOutcome.Result {
        let now = clock.now()
        var names = GeneratedNames(prefix: "msg_", at: now)
        let payload: JSON = ["challenge": .string(challenge)]
        let event = DeliveredEvent(
            id: names.next(),
            type: Self.verificationType,
            occurredAt: now,
            payload: RawJSON(unchecked: payload.encoded())
        )
        let request = try ExchangeRequest(event, to: receiver, source: configuration.source, at: now)
        return await withCheckedContinuation { continuation in
            client.send(request) { continuation.resume(returning: $0.result) }
        }
    }

    /// Why an answer proves nothing; nil where it repeats the challenge.
    private static func problem(of result: ExchangeOutcome.Result, _ challenge: String) -> String? {
        switch result {
        case .failure(let failure): return "\(failure.kind.rawValue), \(failure.message)"
        case .response(let response):
            guard (200...299).contains(response.status) else {
                return "the receiver answered \(response.status), expected 2xx and the challenge"
            }
            let isRepeated =
                !response.isTruncated
                && (trimmed(response.body).elementsEqual(challenge.utf8)
                    || (try? JSON.parse(response.body))?["challenge"]?.string == challenge)
            return isRepeated
                ? nil : "the receiver answered \(response.status), and its body does not repeat the challenge"
        }
    }

    /// Without white space at the ends, as `echo` and templates add it.
    private static func trimmed(_ body: [UInt8]) -> ArraySlice<UInt8> {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard let first = body.firstIndex(where: { !isBlank($0) }), let last = body.lastIndex(where: { !isBlank($0) })
        else { return [] }
        return body[first...last]
    }

    /// 32 hexadecimal digits that nobody can guess.
    private static func makeChallenge() -> String {
        var generator = SystemRandomNumberGenerator()
        return Hexadecimal.text((0..<challengeBytes).map { _ in generator.next() as UInt8 })
    }

    static let verificationType: Identifier = "webhook.verification"
    private static let challengeBytes = 16
}
