import HooklineEvents
import HooklinePrimitives
import HooklineStatistics

/// What one unit did for one metric: independent of the order in which its events arrived.
struct MetricValue: Equatable {
    /// How many events count.
    private(set) var events: Int64
    /// How many were left out because the property is missing, no number or out of range.
    private(set) var ignored: Int64
    /// The exact sum of the property.
    private(set) var total: ExactSum

    init(events: Int64 = 0, ignored: Int64 = 0, total: ExactSum = ExactSum()) {
        self.events = events
        self.ignored = ignored
        self.total = total
    }

    /// Larger magnitudes are left out: ten thousand million of these still sum to what moments can hold.
    static let maximumMagnitude = 1e90

    mutating func add(_ event: LoggedEvent, to metric: Metric) {
        guard let property = metric.property else {
            events += 1
            return
        }
        guard let number = EventProperties(event.properties).number(property), abs(number) <= Self.maximumMagnitude
        else {
            ignored += 1
            return
        }
        add(number)
    }

    mutating func add(_ number: Double) {
        events += 1
        total.add(number)
    }

    var isEmpty: Bool { events == 0 && ignored == 0 }

    /// The number that enters the moments; nil where the unit does not.
    func number(of kind: Metric.Kind) -> Double? {
        switch kind {
        case .proportion: events > 0 ? 1 : 0
        case .count: Double(events)
        case .sum: total.value
        case .mean: events > 0 ? total.value / Double(events) : nil
        case .observation: nil
        }
    }
}
