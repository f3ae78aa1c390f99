public import HooklinePrimitives

/// A named metric in an experiment: its definition as it stands when the experiment takes it, under another name or judged
/// otherwise where the experiment says so.
public struct MetricUse: Hashable, Sendable {
    /// Of the named metric.
    public var id: Identifier
    /// From 1 on; nil takes the latest.
    public var version: Int?
    /// What the experiment calls it; nil keeps its id.
    public var name: Identifier?
    public var role: Metric.Role?
    public var direction: Metric.Direction?
    /// Nil keeps the definition's where the role is still that of a guardrail.
    public var margin: Double?

    public init(
        _ id: Identifier,
        version: Int? = nil,
        name: Identifier? = nil,
        role: Metric.Role? = nil,
        direction: Metric.Direction? = nil,
        margin: Double? = nil
    ) {
        self.id = id
        self.version = version
        self.name = name
        self.role = role
        self.direction = direction
        self.margin = margin
    }

    /// The metric that the use of a version comes to, which says where it is from.
    func metric(from definition: Metric, version: Int) -> Metric {
        let role = role ?? definition.role
        return Metric(
            name ?? id,
            definition.measurement,
            delayMilliseconds: definition.delayMilliseconds,
            windowMilliseconds: definition.windowMilliseconds,
            cap: definition.cap,
            covariate: definition.covariate,
            role: role,
            direction: direction ?? definition.direction,
            margin: margin ?? (role == .guardrail ? definition.margin : nil),
            source: Metric.Source(id: id, version: version)
        )
    }
}

/// A metric as the author of an experiment gives it: written out, or by the id of a named one.
public enum MetricChoice: Hashable, Sendable {
    case metric(Metric)
    case use(MetricUse)
}
