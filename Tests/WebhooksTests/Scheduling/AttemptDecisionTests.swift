import HooklinePrimitives
import Testing

@testable import HooklineWebhooks

/// What becomes of a delivery after an attempt.
struct AttemptDecisionTests {
    private let now = Timestamp(milliseconds: 1_769_594_400_000)

    private func decide(
        _ answer: AttemptAnswer,
        attempt: Int,
        retryAfter: Int64? = nil
    ) -> AttemptDecision {
        var random = SimulationRandom(seed: 3)
        return AttemptDecision.decide(
            attempt: attempt,
            answer: answer,
            schedule: .default,
            retryAfterMilliseconds: retryAfter,
            now: now,
            using: &random
        )
    }

    @Test(arguments: [200, 201, 202, 204, 299], 1...3)
    func succeeds(status: Int, attempt: Int) {
        #expect(decide(.status(status), attempt: attempt) == .succeed)
    }

    @Test(arguments: 1...3)
    func disablesWhereTheReceiverIsGone(attempt: Int) {
        #expect(decide(.status(410), attempt: attempt) == .disable(.gone))
    }

    @Test(
        arguments: [
            .status(199), .status(300), .status(301), .status(307), .status(400), .status(401), .status(404),
            .status(409),
            .status(429), .status(500), .status(503), .status(599), .failure(kind: "timeout"),
            .failure(kind: "connect"),
        ] as [AttemptAnswer]
    )
    func retriesTheRest(answer: AttemptAnswer) throws {
        guard case .retry(let at) = decide(answer, attempt: 1) else {
            Issue.record("\(answer) is not retried")
            return
        }
        #expect((800...1200).contains(at.milliseconds - now.milliseconds))
        #expect(decide(answer, attempt: 3) == .exhaust)
        #expect(decide(answer, attempt: 3, retryAfter: 5000) == .exhaust)
    }

    @Test func waitsAsTheReceiverAsks() {
        guard case .retry(let at) = decide(.status(503), attempt: 1, retryAfter: 60_000) else {
            Issue.record("is not retried")
            return
        }
        #expect((60_000...72_000).contains(at.milliseconds - now.milliseconds))
    }
}
