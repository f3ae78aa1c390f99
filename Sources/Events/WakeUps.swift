/// Runs a body at once, at every announcement, and at least once in every interval.
struct WakeUps: Sendable {
    private let announcements: AsyncStream<Void>
    private let interval: Duration

    init(_ announcements: AsyncStream<Void>, every interval: Duration) {
        self.announcements = announcements
        self.interval = interval
    }

    /// Returns when the task is cancelled.
    func forEach(_ body: @Sendable () async -> Void) async {
        // Both sources write into a stream that keeps one value: however many wake-ups come while the body runs, it
        // runs once more.
        let (merged, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in announcements { continuation.yield() }
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
