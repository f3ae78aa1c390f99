import HooklinePrimitives
import Synchronization

/// What the parts of a running demonstration share.
final class DemoProgress: Sendable {
    private struct State {
        var nextArrival = 0
        var arrived: [Int]
        var waiting: [JSON] = []
        var arrivalsAreOver = false
        var isOver = false
    }

    private let state: Mutex<State>
    private let total: Int

    init(_ plan: DemoPlan) {
        state = Mutex(State(arrived: plan.experiments.map { _ in 0 }))
        total = plan.totalViewers
    }

    /// The place in the stream of the viewer who comes next; nil after the last one.
    func nextArrival() -> Int? {
        state.withLock { state in
            guard state.nextArrival < total else { return nil }
            defer { state.nextArrival += 1 }
            return state.nextArrival
        }
    }

    /// A viewer has seen a variant, and these events are to be sent.
    func add(_ events: [JSON], toExperiment index: Int) {
        state.withLock { state in
            state.arrived[index] += 1
            state.waiting += events
        }
    }

    /// The events that wait, at most so many; nil once there will be no more.
    func takeEvents(_ maximumCount: Int) -> [JSON]? {
        state.withLock { state in
            if state.waiting.isEmpty { return state.arrivalsAreOver ? nil : [] }
            let taken = Array(state.waiting.prefix(maximumCount))
            state.waiting.removeFirst(taken.count)
            return taken
        }
    }

    /// How many viewers of each experiment were allocated.
    var arrived: [Int] { state.withLock { $0.arrived } }

    var isOver: Bool { state.withLock { $0.isOver } }

    func endArrivals() { state.withLock { $0.arrivalsAreOver = true } }
    func end() { state.withLock { $0.isOver = true } }
}
