import ArgumentParser

/// What the sink does with one request.
enum SinkAnswer: Sendable, Hashable {
    case status(Int)
    case fault(SinkFault)

    /// `204`, `reset`
    var text: String {
        switch self {
        case .status(let status): "\(status)"
        case .fault(let fault): fault.rawValue
        }
    }

    /// Whether a sender takes the delivery for done.
    var isSuccess: Bool {
        if case .status(200..<300) = self { true } else { false }
    }
}

/// How a receiver can go wrong.
enum SinkFault: String, Sendable, CaseIterable, ExpressibleByArgument {
    /// Closes the connection with a TCP reset instead of an answer.
    case reset
    /// Begins an answer of 200, and sends a byte of it each second.
    case drip
    /// Answers 200 with a body whose chunks are no chunks.
    case badChunking = "bad-chunking"
    /// Never answers.
    case hang
}

/// What the sink does with the first request of a delivery, with the second, and so on. The last stands for all others.
struct SinkScript: ExpressibleByArgument, Sendable, Equatable {
    let answers: [SinkAnswer]

    static let maximumAnswers = 100
    static let acceptedStatuses = 200...599
    static let accepted =
        "statuses from 200 to 599 and the faults reset, drip, bad-chunking and hang, separated by commas, at most 100"

    /// - Parameter answers: at least one.
    init(_ answers: SinkAnswer...) { self.answers = answers }

    init?(argument: String) {
        var answers: [SinkAnswer] = []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let word = String(word).trimmed
            if let fault = SinkFault(rawValue: word) {
                answers.append(.fault(fault))
            } else if let status = Int(word), Self.acceptedStatuses.contains(status) {
                answers.append(.status(status))
            } else {
                return nil
            }
        }
        guard (1...Self.maximumAnswers).contains(answers.count) else { return nil }
        self.answers = answers
    }

    /// - Parameter attempt: from 1 on.
    func answer(toAttempt attempt: Int) -> SinkAnswer { answers[min(attempt, answers.count) - 1] }
}
