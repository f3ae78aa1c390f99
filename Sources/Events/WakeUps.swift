/// Runs a body at once, at every announcement of any source, and at least once in every interval.
public struct WakeUps: Sendable {
    private let sources: [AsyncStream<Void>]
    private let interval: Duration

    public init(_ sources: AsyncStream<Void>..., every interval: Duration) {
        self.sources = sources
        self.interval = interval
    }

    /// Returns when the task is cancelled.
    public func forEach(_ body: @Sendable () async -> Void) async {
        // All sources write into a stream that keeps one value: however many wake-ups come while the body runs, it
        // runs once more.
        let (merged, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            for source in sources {
                group.addTask {
                    for await _ in source { continuation.yield() }
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    continuation.yield()
                    try? await Task.sleep(for: interval)
                }
                continuation.finish()
            }
            for await _ in merged {
                if Task.isCancelled { break }
                await body()
            }
            group.cancelAll()
        }
    }
}
