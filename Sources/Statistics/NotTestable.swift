/// Why a test of means has no p-value.
public enum NotTestable: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Arm: String, Sendable, Hashable {
        case control
        case treatment
    }

    /// An arm has fewer than two independent units, and so no variance.
    case tooFewUnits(Arm, n: Int64)
    /// No arm has a value other than 0: for a conversion, no arm has a success.
    case onlyZeros
    /// No arm has any variance, though there are values: what differs, if anything, differs without chance.
    case noVariance

    /// The reason, as a sentence for people.
    public var description: String {
        switch self {
        case .tooFewUnits(let arm, let n):
            "The \(arm.rawValue) arm has \(n) independent \(n == 1 ? "unit" : "units"); a test needs at least 2."
        case .onlyZeros:
            "No arm has a success or any value but 0, so there is nothing to compare yet."
        case .noVariance:
            "All values within each arm are equal, so chance cannot be measured."
        }
    }
}
