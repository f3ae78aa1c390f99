import HooklineEvents
import HooklinePrimitives
import NIOCore

/// An exchange that ended, and what is decided about its delivery.
struct EndedAttempt: Sendable {
    let completion: AttemptCompletion
    let event: QueuedEvent
    let receiver: Receiver
    /// When it is tried again, by the delivery clock; nil where it is not.
    let retryAt: Timestamp?
    /// Whether the receiver said that it is gone for good.
    let isGone: Bool
    let schedulerResult: DeliveryResult

    init(
        _ delivery: DueDelivery<QueuedDelivery>,
        receiver: Receiver,
        startedAt: Timestamp,
        finishedAt: Timestamp,
        outcome: ExchangeOutcome,
        now: Timestamp,
        using generator: inout some RandomNumberGenerator
    ) {
        let step = delivery.payload.step + 1
        let facts = Facts(outcome, receivedAt: finishedAt)
        let decision = AttemptDecision.decide(
            attempt: step,
            answer: facts.answer,
            schedule: receiver.subscription.definition.retry,
            retryAfterMilliseconds: facts.retryAfterMilliseconds,
            now: now,
            using: &generator
        )
        let state: DeliveryStore.State
        switch decision {
        case .succeed: (state, retryAt, isGone) = (.success, nil, false)
        case .retry(let moment): (state, retryAt, isGone) = (.pending, moment, false)
        case .exhaust: (state, retryAt, isGone) = (.failed, nil, false)
        case .disable: (state, retryAt, isGone) = (.failed, nil, true)
        }
        self.receiver = receiver
        event = delivery.payload.event
        schedulerResult = decision == .succeed ? .succeeded : .failed(isCongestion: facts.isCongestion)
        completion = AttemptCompletion(
            key: delivery.key,
            number: delivery.attempts + 1,
            cause: delivery.payload.cause,
            startedAt: startedAt,
            finishedAt: finishedAt,
            outcome: decision == .succeed ? "success" : facts.outcome,
            responseStatus: facts.status,
            message: facts.message,
            address: outcome.address,
            timings: outcome.timings,
            response: facts.body,
            isResponseTruncated: facts.isTruncated,
            state: state,
            step: step,
            nextAttemptAt: retryAt ?? now,
            isOrdered: delivery.payload.isOrdered
        )
    }

    /// What an exchange tells, in the words of an attempt.
    private struct Facts {
        var answer: AttemptAnswer
        var outcome: String
        var status: Int?
        var message: String?
        var retryAfterMilliseconds: Int64?
        var body: [UInt8] = []
        var isTruncated = false
        var isCongestion = false

        init(_ exchange: ExchangeOutcome, receivedAt: Timestamp) {
            switch exchange.result {
            case .response(let response):
                answer = .status(response.status)
                outcome = "status"
                status = response.status
                message = (200...299).contains(response.status) ? nil : "the receiver answered \(response.status)"
                retryAfterMilliseconds = response.retryAfter.flatMap { RetryAfter.parse($0, now: receivedAt) }
                body = response.body
                isTruncated = response.isTruncated
            case .failure(let failure):
                answer = .failure(kind: failure.kind.rawValue)
                outcome = failure.kind.rawValue
                message = failure.message
                isCongestion = failure.kind == .timeout || failure.kind == .connect
            }
        }
    }
}

extension ExchangeRequest {
    /// The request that tells a receiver of an event, signed at a moment.
    init(
        _ event: DeliveredEvent,
        to receiver: Receiver,
        source: String,
        at now: Timestamp
    ) throws {
        let definition = receiver.subscription.definition
        let signer = try receiver.signer(at: now)
        let body = try definition.format.body(of: event, source: source, signedBy: signer)
        let signature = signer.headers(id: event.id, timestamp: now, body: body)
        self.init(
            url: definition.url,
            headers: [("content-type", definition.format.contentType)]
                + definition.format.headers(of: signature).map { ($0.name, $0.value) } + receiver.customHeaders,
            body: ByteBuffer(bytes: body),
            deadline: .milliseconds(definition.timeoutMilliseconds),
            identity: receiver.secrets.certificate?.identity
        )
    }
}
