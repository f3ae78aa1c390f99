public import HooklinePrimitives

/// A read of an experiment at a moment that its plan has fixed, with what was read. It is taken once and kept.
public struct PlannedLook: Hashable, Sendable {
    /// From 1 on, up to the analyses of the plan; those that came together with a later one are left out.
    public let number: Int
    /// How many units counted in the deciding metric.
    public let units: Int64
    /// The same as a share of the planned units.
    public let fraction: Double
    /// How far from 0 the deciding difference has to be, in standard errors; nil where this early read can decide nothing.
    public let criticalValue: Double?
    /// Whether it is the last.
    public let isLast: Bool
    public let takenAt: Timestamp
    /// Of every metric and treatment that can be tested.
    public let readings: [PlannedReading]

    public func reading(of metric: Identifier, _ variant: Identifier) -> PlannedReading? {
        readings.first { $0.metric == metric && $0.variant == variant }
    }
}
