import Synchronization

/// Lets concurrent calls share a commit.
///
/// One call at a time leads: it commits its own items together with those that wait, answers them, and hands the lead to
/// the first that arrived meanwhile. So there is no background task, and a slow disk makes bigger commits rather than a
/// longer queue.
final class SharedCommits<Item: Sendable, Answer: Sendable>: Sendable {
    typealias Outcome = Result<Answer, any Error>

    /// What a caller is told.
    private enum Turn: Sendable {
        /// Somebody else committed the items, or refused them.
        case answered(Outcome)
        /// Commit, and pass the lead on.
        case lead
    }

    private struct Waiting: Sendable {
        let items: [Item]
        let continuation: CheckedContinuation<Turn, Never>
    }

    private struct Queue {
        var isLed = false
        var waiting: [Waiting] = []
        var waitingItems = 0
    }

    private let queue = Mutex(Queue())
    private let maximumItemsPerCommit: Int
    private let maximumWaitingItems: Int
    private let overloaded: @Sendable (_ waitingItems: Int) -> any Error
    private let commit: @Sendable ([[Item]]) async -> [Outcome]

    /// - Parameters:
    ///   - maximumItemsPerCommit: the most items that one commit takes, unless one call brings more.
    ///   - maximumWaitingItems: the most items that wait for a commit; a call that brings more is refused.
    ///   - overloaded: the error of such a call.
    ///   - commit: stores the items of several calls, and answers each.
    init(
        maximumItemsPerCommit: Int,
        maximumWaitingItems: Int,
        overloaded: @escaping @Sendable (_ waitingItems: Int) -> any Error,
        commit: @escaping @Sendable ([[Item]]) async -> [Outcome]
    ) {
        self.maximumItemsPerCommit = maximumItemsPerCommit
        self.maximumWaitingItems = maximumWaitingItems
        self.overloaded = overloaded
        self.commit = commit
    }

    /// Commits the items of one call, all or none.
    func callAsFunction(_ items: [Item]) async throws -> Answer {
        let turn = await withCheckedContinuation { continuation in
            if let immediate = arrive(items, continuation) { continuation.resume(returning: immediate) }
        }
        switch turn {
        case .answered(let answer): return try answer.get()
        case .lead: return try await lead(items).get()
        }
    }

    /// Commits these items with those that wait, and passes the lead on.
    private func lead(_ items: [Item]) async -> Outcome {
        let followers = takeFollowers(room: maximumItemsPerCommit - items.count)
        let answers = await commit([items] + followers.map(\.items))
        for (follower, answer) in zip(followers, answers.dropFirst()) {
            follower.continuation.resume(returning: .answered(answer))
        }
        nextLeader()?.resume(returning: .lead)
        return answers[0]
    }

    /// Answers the caller's turn where it is known at once; otherwise the continuation waits.
    private func arrive(_ items: [Item], _ continuation: CheckedContinuation<Turn, Never>) -> Turn? {
        queue.withLock { queue in
            guard queue.isLed else {
                queue.isLed = true
                return .lead
            }
            guard queue.waitingItems + items.count <= maximumWaitingItems else {
                return .answered(.failure(overloaded(queue.waitingItems)))
            }
            queue.waiting.append(Waiting(items: items, continuation: continuation))
            queue.waitingItems += items.count
            return nil
        }
    }

    /// The first of those that wait, together no more items than there is room for.
    private func takeFollowers(room: Int) -> [Waiting] {
        queue.withLock { queue in
            var room = room
            let taken = queue.waiting.prefix { next in
                room -= next.items.count
                return room >= 0
            }
            queue.waiting.removeFirst(taken.count)
            queue.waitingItems -= taken.reduce(0) { $0 + $1.items.count }
            return Array(taken)
        }
    }

    /// The next one to lead, nil where nobody waits.
    private func nextLeader() -> CheckedContinuation<Turn, Never>? {
        queue.withLock { queue in
            guard !queue.waiting.isEmpty else {
                queue.isLed = false
                return nil
            }
            let next = queue.waiting.removeFirst()
            queue.waitingItems -= next.items.count
            return next.continuation
        }
    }
}
