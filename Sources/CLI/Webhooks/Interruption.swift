import UnixSignals

/// SIGINT and SIGTERM, as the wish to come to an end.
enum Interruption {
    /// Runs `body` until it is done or somebody interrupts it. What it throws is thrown.
    ///
    /// - Returns: whether it was interrupted.
    @discardableResult
    static func end(_ body: @escaping @Sendable () async throws -> Void) async rethrows -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { return true }
                return false
            }
            group.addTask {
                try await body()
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }
}
