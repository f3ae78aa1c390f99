import Dispatch
internal import HooklineStorage
internal import Logging
import Synchronization

/// A bounded number of workers, and the jobs that wait for one in the order they came.
final class PostgresPool: Sendable {
    private struct State {
        var workers = 0
        var idle: [PostgresWorker] = []
        var waiting: [PostgresJob] = []
        var isSweeping = false
        var isClosed = false
        var whenStopped: [CheckedContinuation<Void, Never>] = []
    }

    private let configuration: PostgresConfiguration
    private let parameters: ConnectionParameters
    private let state = Mutex(State())

    init(configuration: PostgresConfiguration, parameters: ConnectionParameters) {
        self.configuration = configuration
        self.parameters = parameters
    }

    /// Runs a job on a free worker, a new one, or later.
    func submit(_ job: PostgresJob) {
        enum Action { case give(PostgresWorker), start, wait(sweep: Bool), refuse(StorageError) }
        let action: Action = state.withLock { state in
            if state.isClosed { return .refuse(.closed) }
            if let worker = state.idle.popLast() { return .give(worker) }
            if state.workers < max(configuration.poolSize, 1) {
                state.workers += 1
                return .start
            }
            guard state.waiting.count < configuration.maximumWaitingCalls else {
                return .refuse(Self.noConnection("\(state.waiting.count) calls wait for one already"))
            }
            state.waiting.append(job)
            defer { state.isSweeping = true }
            return .wait(sweep: !state.isSweeping)
        }
        switch action {
        case .give(let worker): worker.give(job)
        case .start: startWorker(with: job)
        case .wait(let sweep): if sweep { scheduleSweep(at: job.deadline) }
        case .refuse(let error): job.fail(error)
        }
    }

    /// Finishes what runs and what waits, then closes every connection.
    func close() async {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                state.isClosed = true
                for worker in state.idle { worker.stop() }
                state.idle = []
                if state.workers > 0 { state.whenStopped.append(continuation) }
                return state.workers == 0
            }
            if isStopped { continuation.resume() }
        }
    }

    /// Lets every worker end after its job, for a database that nobody closed.
    func abandon() {
        state.withLock { state in
            state.isClosed = true
            for worker in state.idle { worker.stop() }
            state.idle = []
        }
    }

    // MARK: Workers

    private func startWorker(with job: PostgresJob) {
        let worker = PostgresWorker()
        worker.give(job)
        worker.start(
            PostgresConnection(parameters: parameters, logger: configuration.logger),
            next: { [self] worker in nextJob(for: worker) },
            stopped: { [self] in workerStopped() }
        )
    }

    private func nextJob(for worker: PostgresWorker) -> PostgresJob? {
        state.withLock { state in
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            if state.isClosed { worker.stop() } else { state.idle.append(worker) }
            return nil
        }
    }

    private func workerStopped() {
        let waiting = state.withLock { state in
            state.workers -= 1
            guard state.workers == 0 else { return [] as [CheckedContinuation<Void, Never>] }
            defer { state.whenStopped = [] }
            return state.whenStopped
        }
        for continuation in waiting { continuation.resume() }
    }

    // MARK: Deadlines

    /// All wait equally long, so the first in line is the first to give up.
    private func scheduleSweep(at deadline: DispatchTime) {
        DispatchQueue.global().asyncAfter(deadline: deadline) { [self] in
            let now = DispatchTime.now()
            let (expired, next) = state.withLock { state in
                let expired = state.waiting.prefix { $0.deadline <= now }
                state.waiting.removeFirst(expired.count)
                state.isSweeping = !state.waiting.isEmpty
                return (expired, state.waiting.first?.deadline)
            }
            for job in expired {
                job.fail(Self.noConnection("none was free within \(configuration.acquireTimeoutMilliseconds) ms"))
            }
            if let next { scheduleSweep(at: next) }
        }
    }

    private static func noConnection(_ reason: String) -> StorageError {
        .unavailable(code: "53300", message: "no connection of the pool is free: \(reason)")
    }
}
