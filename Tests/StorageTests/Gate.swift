import Dispatch

/// Something that happened, for a synchronous body and for an asynchronous test to wait for.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() {
        semaphore.signal()
    }

    /// Blocks the thread: for bodies, which run on threads of their own. The gate stays open.
    func wait() {
        semaphore.wait()
        semaphore.signal()
    }

    /// For tests: waits on a thread that is not the cooperative pool's.
    func opened() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.wait()
                continuation.resume()
            }
        }
    }
}

/// Lets other tasks run until something is so. It never ends where it never becomes so, which the test run's time limit
/// reports.
func until(_ condition: () async throws -> Bool) async rethrows {
    while try await !condition() { await Task.yield() }
}
