/// Which way of a metric is better.
public enum Direction: String, Sendable, Hashable, CaseIterable {
    /// More is better, as with conversions.
    case increase
    /// Less is better, as with errors.
    case decrease
}
