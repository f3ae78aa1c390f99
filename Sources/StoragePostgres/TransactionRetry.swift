internal import HooklineStorage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Which failures a transaction is run again for, and after how long.
struct TransactionRetry {
    private var conflicts = 0
    private var lostConnections = 0

    static let maximumConflicts = 5
    /// Of a server that was restarted, each connection breaks once.
    static let maximumLostConnections = 1
    static let firstPauseMicroseconds: UInt32 = 2000

    /// Decides about a transaction that did not commit, and pauses before the next attempt.
    ///
    /// - Parameter failure: the SQLSTATE that ended it, whatever the body made of it.
    mutating func shouldRetry(failure: String?, isBroken: Bool) -> Bool {
        if isBroken {
            lostConnections += 1
            return lostConnections <= Self.maximumLostConnections
        }
        guard let failure, Self.isConflict(failure) || Self.isStalePlan(failure) else { return false }
        conflicts += 1
        guard conflicts <= Self.maximumConflicts else { return false }
        // Those that met once would meet again if they waited equally long.
        usleep(UInt32.random(in: 0...(Self.firstPauseMicroseconds << UInt32(conflicts - 1))))
        return true
    }

    /// Serialization failure, deadlock, lock not available.
    private static func isConflict(_ code: String) -> Bool {
        code == "40001" || code == "40P01" || code == "55P03"
    }

    /// A prepared statement whose table changed ("cached plan must not change result type"), or that is gone.
    static func isStalePlan(_ code: String) -> Bool {
        code == "0A000" || code == "26000"
    }
}
