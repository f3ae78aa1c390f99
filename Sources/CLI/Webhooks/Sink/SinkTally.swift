import HooklinePrimitives

/// What came to a sink in all.
struct SinkTally: Sendable {
    private(set) var requests = 0
    /// Deliveries: requests that were the first of their id, and those without one.
    private(set) var deliveries = 0
    /// Requests for a delivery that was answered by a 2xx before.
    private(set) var duplicates = 0
    private(set) var verified = 0
    private(set) var refused = 0
    private(set) var answers: [SinkAnswer: Int] = [:]
    private(set) var bodyBytes = 0
    private var first: ContinuousClock.Instant?
    private var last: ContinuousClock.Instant?

    mutating func count(
        _ visit: SinkLedger.Visit,
        hasID: Bool,
        verification: SinkVerification,
        bodyBytes: Int,
        at now: ContinuousClock.Instant
    ) {
        requests += 1
        if visit.attempt == 1 || !hasID { deliveries += 1 }
        if visit.isDuplicate { duplicates += 1 }
        switch verification {
        case .notAsked: break
        case .verified: verified += 1
        case .refused: refused += 1
        }
        answers[visit.answer, default: 0] += 1
        self.bodyBytes += bodyBytes
        first = first ?? now
        last = now
    }

    /// Requests for a delivery that came before, duplicates among them.
    var repeated: Int { requests - deliveries }

    /// From the first request to the last one.
    var duration: Duration {
        guard let first, let last else { return .zero }
        return last - first
    }

    /// Nil where there were fewer than two requests.
    var requestsPerSecond: Double? {
        duration > .zero ? Double(requests - 1) / (duration / .seconds(1)) : nil
    }

    private var orderedAnswers: [(answer: SinkAnswer, count: Int)] {
        answers.map { ($0.key, $0.value) }.sorted { $0.answer.text < $1.answer.text }
    }

    func lines(hasForgotten: Bool) -> [String] {
        guard requests > 0 else { return ["No requests."] }
        let rate = requestsPerSecond.map { ", \(NumberText.significant($0)) a second" } ?? ""
        let words = NumberText.self
        var lines = [
            "\(words.count(requests, "request")) in \(words.duration(duration))\(rate): "
                + "\(words.count(deliveries, "delivery", plural: "deliveries")), \(words.whole(repeated)) repeated, "
                + "\(words.whole(duplicates)) of those after a 2xx"
        ]
        let statuses = orderedAnswers.map { "\($0.answer.text) x \(words.whole($0.count))" }
        lines.append("answered \(statuses.joined(separator: ", "))")
        if verified + refused > 0 {
            lines.append("\(words.whole(verified)) verified, \(words.whole(refused)) not verified")
        }
        if hasForgotten {
            lines.append("The oldest ids were forgotten: what came again after that is counted as another delivery.")
        }
        return lines
    }

    func json(hasForgotten: Bool) -> JSON {
        var statuses = JSONObject()
        for (answer, count) in orderedAnswers { statuses[answer.text] = JSON(count) }
        return [
            "requests": JSON(requests), "deliveries": JSON(deliveries), "repeated": JSON(repeated),
            "duplicates": JSON(duplicates), "verified": JSON(verified), "not_verified": JSON(refused),
            "answers": .object(statuses), "body_bytes": JSON(bodyBytes),
            "seconds": .number((duration / .milliseconds(1)).rounded() / 1000),
            "requests_per_second": JSON(requestsPerSecond.map { ($0 * 10).rounded() / 10 }),
            "ids_forgotten": .bool(hasForgotten),
        ]
    }
}
