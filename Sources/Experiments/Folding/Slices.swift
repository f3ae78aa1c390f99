import HooklineEvents
import HooklinePrimitives

/// The slices into which units are broken down: one for each value that a dimension has had, numbered from 1 on in the
/// order in which the log brought them. 0 are all units.
struct Slices {
    struct Slice: Hashable, Sendable {
        enum Value: Hashable, Sendable {
            case text(Identifier)
            /// The exposure did not have the property, or as an object or array.
            case missing
            /// One of the values that came after the dimension had as many as it may.
            case other
        }

        /// The index of the dimension.
        let dimension: Int
        let value: Value
    }

    private(set) var numbers: [Slice: Int]
    private(set) var added: [(number: Int, slice: Slice)] = []
    private var texts: [Int: Int] = [:]

    /// Of one dimension, beside `missing` and `other`.
    static let maximumValues = 50
    /// A longer text is `other`.
    static let maximumValueBytes = 256

    init(_ known: [Slice: Int] = [:]) {
        numbers = known
        for slice in known.keys { count(slice) }
    }

    private mutating func count(_ slice: Slice) {
        if case .text = slice.value { texts[slice.dimension, default: 0] += 1 }
    }

    /// The numbers of the slices that an exposure falls into, one for each dimension.
    mutating func numbers(of event: LoggedEvent, _ dimensions: [Identifier]) -> [Int] {
        guard !dimensions.isEmpty else { return [] }
        let values = EventProperties(event.properties).scalars(dimensions.map(\.text))
        return values.enumerated().map { dimension, value in
            number(of: Slice(dimension: dimension, value: value.map(Self.value) ?? .missing))
        }
    }

    private static func value(_ text: String) -> Slice.Value {
        text.utf8.count <= maximumValueBytes ? .text(Identifier(unchecked: text)) : .other
    }

    private mutating func number(of slice: Slice) -> Int {
        if let known = numbers[slice] { return known }
        if case .text = slice.value, texts[slice.dimension, default: 0] >= Self.maximumValues {
            return number(of: Slice(dimension: slice.dimension, value: .other))
        }
        let number = numbers.count + 1
        numbers[slice] = number
        count(slice)
        added.append((number, slice))
        return number
    }
}
