import HooklineEvents
import HooklinePrimitives

/// An event of the log whose properties are read once, whatever the number of metrics that look at them.
final class ReadEvent {
    let event: LoggedEvent
    private let properties: EventProperties
    private var numbers: [(name: String, number: Double?)] = []
    private lazy var tree: JSON = event.properties.flatMap { try? JSON.parse($0) } ?? .object(JSONObject())

    init(_ event: LoggedEvent) {
        self.event = event
        properties = EventProperties(event.properties)
    }

    /// The number of a member; nil where it is missing, no number, or too large to be added up.
    func number(_ name: String) -> Double? {
        if let known = numbers.first(where: { $0.name == name }) { return known.number }
        let number = properties.number(name).flatMap { abs($0) <= MetricRules.maximumMagnitude ? $0 : nil }
        numbers.append((name, number))
        return number
    }

    func isTaken(by selection: EventSelection) -> Bool {
        guard event.type == selection.event else { return false }
        guard let filter = selection.filter else { return true }
        return filter.matches(tree)
    }

    /// Before another in the order in which things happened; what happened at the same moment is in log order.
    func isBefore(_ other: ReadEvent) -> Bool {
        (event.occurredAt, event.position) < (other.event.occurredAt, other.event.position)
    }
}
