public import HooklinePrimitives

/// The types of events that a subscription receives: those that at least one of its patterns matches.
///
/// What a look-up costs grows with the segments of the type, not with the patterns.
public struct EventTypeSelection: Sendable, Equatable {
    /// As they were given.
    public let patterns: [EventTypePattern]
    private let takesAll: Bool
    private let names: Set<Identifier>
    private let prefixes: Set<Identifier>

    /// Reads an array of patterns from a request's body: 1 to `maximumPatterns`, none twice.
    public init(_ field: JSONField) throws(FieldError) {
        let elements = try field.elements(maximumCount: Self.maximumPatterns)
        guard !elements.isEmpty else {
            throw field.error("is empty; accepted are 1 to \(Self.maximumPatterns) types or patterns")
        }
        var patterns: [EventTypePattern] = []
        var seen: Set<EventTypePattern> = []
        for element in elements {
            let pattern = try EventTypePattern(element)
            guard seen.insert(pattern).inserted else { throw element.error("is '\(pattern)', which occurs twice") }
            patterns.append(pattern)
        }
        self.init(patterns)
    }

    private init(_ patterns: [EventTypePattern]) {
        self.patterns = patterns
        takesAll = patterns.contains(.all)
        names = Set(patterns.compactMap { if case .exactly(let name) = $0 { name } else { nil } })
        prefixes = Set(patterns.compactMap { if case .below(let prefix) = $0 { prefix } else { nil } })
    }

    /// Every type.
    public static let all = EventTypeSelection([.all])

    public func matches(_ type: Identifier) -> Bool {
        if takesAll || names.contains(type) { return true }
        guard !prefixes.isEmpty else { return false }
        let bytes = type.text.utf8
        return bytes.indices.contains { index in
            bytes[index] == UInt8(ascii: ".") && bytes.index(after: index) < bytes.endIndex
                && prefixes.contains(Identifier(unchecked: String(type.text[..<index])))
        }
    }

    /// The array that `init` reads.
    public var json: JSON { .array(patterns.map { .string($0.description) }) }

    public static let maximumPatterns = 100
}
