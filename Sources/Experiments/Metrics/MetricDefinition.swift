public import HooklinePrimitives

/// A named metric, which experiments take by its id.
///
/// An experiment keeps what it has taken, so a change of the definition, which makes a new version of it, does not change
/// what any experiment measures.
public struct MetricDefinition: Hashable, Sendable {
    /// What it measures and, unless a use says otherwise, how it is judged. Its name is the id.
    public let metric: Metric
    /// For people, up to 8 KiB.
    public let description: String
    /// From 1 on; grows with every change of `metric`.
    public let version: Int
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
    /// Since when no experiment can take it any more; nil where it can be taken.
    public let archivedAt: Timestamp?

    public var id: Identifier { metric.name }
}

/// What a named metric was at some time.
public struct MetricVersion: Hashable, Sendable {
    public let metric: Metric
    public let description: String
    public let version: Int
    /// When this version was made.
    public let createdAt: Timestamp

    public var id: Identifier { metric.name }
}

/// That a version of an experiment measures a version of a named metric.
public struct MetricUsage: Hashable, Sendable {
    public let experiment: Identifier
    public let experimentVersion: Int
    /// What the experiment calls it.
    public let metric: Identifier
    public let metricVersion: Int
}
