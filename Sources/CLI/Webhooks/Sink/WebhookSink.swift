import HooklinePrimitives
import HooklineWebhooks
import Synchronization

/// A receiver's mind: what it answers, and what it remembers.
final class WebhookSink: Sendable {
    private struct State {
        var ledger: SinkLedger
        var tally = SinkTally()
        var answered = 0
    }

    private let verifier: WebhookVerifier?
    private let maximumRequests: Int?
    /// Is told of every request, on the thread of its connection; nil where nobody wants to know.
    private let report: (@Sendable (SinkRequest) -> Void)?
    private let state: Mutex<State>
    private let end: AsyncStream<Never>.Continuation
    /// Ends when the most requests were answered.
    let isDone: AsyncStream<Never>

    init(
        _ script: SinkScript,
        verifier: WebhookVerifier? = nil,
        maximumRequests: Int? = nil,
        report: (@Sendable (SinkRequest) -> Void)? = nil
    ) {
        (self.verifier, self.maximumRequests, self.report) = (verifier, maximumRequests, report)
        state = Mutex(State(ledger: SinkLedger(script)))
        (isDone, end) = AsyncStream.makeStream(of: Never.self)
    }

    /// What is to be done with a request; nil where it is one too many.
    func receive(_ received: ReceivedRequest) -> (answer: SinkAnswer, challenge: String?)? {
        let id = received.header("webhook-id") ?? received.header("svix-id")
        let verification = verify(received)
        let content = SinkBody(received.body)
        let now = ContinuousClock.now
        let visit: SinkLedger.Visit? = state.withLock { state in
            if let maximumRequests, state.tally.requests >= maximumRequests { return nil }
            let visit = state.ledger.visit(id, isVerification: content.challenge != nil)
            state.tally.count(
                visit,
                hasID: id != nil,
                verification: verification,
                bodyBytes: received.body.count,
                at: now
            )
            return visit
        }
        guard let visit else { return nil }
        report?(
            SinkRequest(
                receivedAt: .now(),
                method: received.method,
                path: received.path,
                id: id,
                type: content.type,
                visit: visit,
                verification: verification,
                headers: received.headers,
                body: received.body
            )
        )
        return (visit.answer, content.challenge)
    }

    /// Notes that a request was answered, as far as it is going to be.
    func didAnswer() {
        guard let maximumRequests else { return }
        let answered = state.withLock { state in
            state.answered += 1
            return state.answered
        }
        if answered == maximumRequests { end.finish() }
    }

    var tally: SinkTally { state.withLock { $0.tally } }
    var hasForgotten: Bool { state.withLock { $0.ledger.hasForgotten } }

    private func verify(_ received: ReceivedRequest) -> SinkVerification {
        guard let verifier else { return .notAsked }
        do {
            try verifier.verify(body: received.body, headers: received.headers)
            return .verified
        } catch {
            return .refused("\(error)")
        }
    }
}

/// A request, read to its end.
struct ReceivedRequest: Sendable {
    let method: String
    let path: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    /// The first of this name, which is written in small letters.
    func header(_ name: String) -> String? {
        headers.first { $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name }?.value
    }
}
