import Synchronization

/// The listeners of this process, by channel: what both databases wake when something was committed.
package final class Announcements: Sendable {
    private struct State {
        var listeners: [Channel: [Int: AsyncStream<Void>.Continuation]] = [:]
        var nextListener = 0
        var isFinished = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Keeps at most one announcement for a listener that is busy. The stream ends with `finish()`.
    package func stream(of channel: Channel) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let listener: Int? = state.withLock { state in
            guard !state.isFinished else { return nil }
            state.nextListener += 1
            state.listeners[channel, default: [:]][state.nextListener] = continuation
            return state.nextListener
        }
        guard let listener else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners[channel]?.removeValue(forKey: listener) }
        }
        return stream
    }

    /// Wakes the listeners of one channel.
    package func deliver(_ channel: Channel) {
        for continuation in state.withLock({ $0.listeners[channel].map { Array($0.values) } ?? [] }) {
            continuation.yield()
        }
    }

    /// Wakes every listener: announcements may have been missed.
    package func deliverToAll() {
        for continuation in state.withLock({ $0.listeners.values.flatMap(\.values) }) {
            continuation.yield()
        }
    }

    /// Ends every stream, and those that are asked for later. Outside the lock, because it calls `onTermination`.
    package func finish() {
        let listeners = state.withLock { state in
            state.isFinished = true
            defer { state.listeners = [:] }
            return state.listeners.values.flatMap(\.values)
        }
        for continuation in listeners { continuation.finish() }
    }
}
