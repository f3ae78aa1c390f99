import ServiceLifecycle

extension AsyncStream<Void> {
    /// Returns at an element, at the latest after `limit`, or when the server shuts down.
    func waitForOne(atMost limit: Duration) async {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in self { return }
                    // A stream that ended says nothing.
                    try? await Task.sleep(for: limit)
                }
                group.addTask { try? await Task.sleep(for: limit) }
                await group.next()
                group.cancelAll()
            }
        }
    }
}
