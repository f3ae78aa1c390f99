internal import HooklineStorage

/// A body that waits for its turn in a group commit, and the caller that waits for it.
///
/// Unchecked, because only the writer's queue touches it once it was queued.
protocol WriteJob: AnyObject, Sendable {
    /// What the body threw, or why it was not run.
    var failure: (any Error)? { get set }

    /// Runs the body, and keeps its result or its error. May be called again.
    func run(in transaction: SQLiteTransaction)

    /// Answers the caller: with `failure` where there is one, otherwise with the result.
    func answer()
}

final class BodyJob<Result: Sendable>: WriteJob, @unchecked Sendable {
    typealias Body = @Sendable (any Transaction) throws -> Result

    var failure: (any Error)?
    private var result: Result?
    private let body: Body
    private let continuation: CheckedContinuation<Result, any Error>

    init(_ body: @escaping Body, continuation: CheckedContinuation<Result, any Error>) {
        self.body = body
        self.continuation = continuation
    }

    func run(in transaction: SQLiteTransaction) {
        result = nil
        failure = nil
        do {
            result = try body(transaction)
        } catch {
            failure = error
        }
    }

    func answer() {
        switch (failure, result) {
        case (nil, .some(let result)): continuation.resume(returning: result)
        case (.some(let failure), _): continuation.resume(throwing: failure)
        case (nil, nil): preconditionFailure("a job is answered after it ran")
        }
    }
}
