import Foundation

extension Process {
    /// Asks it to end, and kills it where it has not after so many seconds.
    ///
    /// Unlike `waitUntilExit` it never waits for ever.
    func end(withinSeconds seconds: Double) {
        guard isRunning else { return }
        terminate()
        if !hasEnded(withinSeconds: seconds) {
            kill(processIdentifier, SIGKILL)
            _ = hasEnded(withinSeconds: Self.killSeconds)
        }
    }

    private static var killSeconds: Double { 5 }

    private func hasEnded(withinSeconds seconds: Double) -> Bool {
        let start = Machine.nanoseconds()
        while isRunning, Machine.seconds(since: start) < seconds { usleep(10_000) }
        return !isRunning
    }
}
