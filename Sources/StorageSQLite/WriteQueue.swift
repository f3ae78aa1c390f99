internal import HooklineStorage
import Synchronization

/// The bodies that wait for the writer, in the order they came.
final class WriteQueue: Sendable {
    private struct State {
        var jobs: [any WriteJob] = []
        var isDraining = false
    }

    private let state = Mutex(State())
    private let groupDuration: Duration

    /// - Parameter groupDuration: how long the bodies of one commit may run.
    init(groupDuration: Duration) {
        self.groupDuration = groupDuration
    }

    /// Callers past it are refused at once: they would wait for longer than anybody waits.
    static let maximumJobs = 16_384

    /// Without those of the group that runs.
    var count: Int { state.withLock { $0.jobs.count } }

    /// Answers whether the caller must start draining.
    ///
    /// - Throws: `StorageError.busy` where too many wait already.
    func append(_ job: any WriteJob) throws -> Bool {
        try state.withLock { state in
            guard state.jobs.count < Self.maximumJobs else {
                throw StorageError.busy(code: "write queue full")
            }
            state.jobs.append(job)
            defer { state.isDraining = true }
            return !state.isDraining
        }
    }

    /// Runs one group. Answers whether more wait, for which the caller schedules another drain.
    func drainOnce(on connection: SQLiteConnection) -> Bool {
        let group = state.withLock { state in
            defer { state.jobs.removeFirst(min(state.jobs.count, GroupCommit.maximumBodies)) }
            return state.jobs.prefix(GroupCommit.maximumBodies)
        }
        let answered = group.isEmpty ? 0 : GroupCommit(connection: connection, limit: groupDuration).run(group)
        return state.withLock { state in
            state.jobs.insert(contentsOf: group.dropFirst(answered), at: 0)
            state.isDraining = !state.jobs.isEmpty
            return state.isDraining
        }
    }
}
