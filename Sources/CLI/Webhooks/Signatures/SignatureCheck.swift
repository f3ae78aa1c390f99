import HooklinePrimitives
import HooklineWebhooks

/// Looks which of some secrets has signed a body.
struct SignatureCheck {
    /// One for each secret.
    let verifiers: [WebhookVerifier]
    let body: [UInt8]
    let now: Timestamp

    /// What came out.
    struct Outcome: Equatable {
        let isVerified: Bool
        /// Which check passed, or what is wrong.
        let text: String
        let json: JSON
    }

    /// Checks the headers of Standard Webhooks, or those of Svix.
    ///
    /// A tolerance of nil accepts every time.
    func headers(_ headers: [(name: String, value: String)], toleranceMilliseconds: Int64?) -> Outcome {
        outcome { verifier throws(WebhookVerificationError) in
            // No two moments are further apart.
            let longest = Timestamp.accepted.upperBound.milliseconds
            let delivery = try verifier.verify(
                body: body,
                headers: headers,
                now: now,
                toleranceMilliseconds: toleranceMilliseconds ?? longest
            )
            let age = Duration.milliseconds(now.milliseconds - delivery.timestamp.milliseconds)
            let when = age < .zero ? "\(NumberText.duration(.zero - age)) ahead" : "\(NumberText.duration(age)) ago"
            let members: JSONObject = ["id": .string(delivery.id), "timestamp": JSON(delivery.timestamp)]
            return ("the signature of \(delivery.id), made at \(delivery.timestamp) (\(when))", members)
        }
    }

    /// Checks the signature inside of an envelope.
    func envelope() -> Outcome {
        outcome { verifier throws(WebhookVerificationError) in
            let payload = try verifier.verifyEnvelope(body: body)
            let members: JSONObject = ["payload_bytes": JSON(payload.count)]
            return ("the signature in the envelope, over its payload of \(payload.count) bytes", members)
        }
    }

    private func outcome(
        _ check: (WebhookVerifier) throws(WebhookVerificationError) -> (text: String, members: JSONObject)
    ) -> Outcome {
        var problem: WebhookVerificationError?
        for (index, verifier) in verifiers.enumerated() {
            do {
                let (text, members) = try check(verifier)
                let secret = verifiers.count == 1 ? "" : ", with secret \(index + 1) of \(verifiers.count)"
                var json: JSONObject = ["verified": true, "secret": JSON(index + 1)]
                for member in members { json[member.key] = member.value }
                return Outcome(isVerified: true, text: "Verified: \(text)\(secret).", json: .object(json))
            } catch {
                problem = error
            }
        }
        let reason = problem.map { "\($0)" } ?? "there is no secret"
        return Outcome(
            isVerified: false,
            text: "Not verified: \(reason).",
            json: ["verified": false, "problem": .string(reason)]
        )
    }
}
