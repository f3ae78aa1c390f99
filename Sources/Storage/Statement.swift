/// One SQL statement for both databases, written as an interpolated string. Every interpolated value is bound, never
/// spliced: `"SELECT id FROM hookline_events WHERE type = \(type)"`.
public struct Statement: Sendable, ExpressibleByStringInterpolation {
    /// The pieces in order of writing.
    enum Segment: Sendable {
        case sql(String)
        case value(Value)
        case list([Value])
        case fragment(Dialect.Fragment)
    }

    let segments: [Segment]

    public init(stringLiteral text: String) {
        segments = [.sql(text)]
    }

    public init(stringInterpolation: StringInterpolation) {
        segments = stringInterpolation.segments
    }

    /// SQL that was put together by code, without values.
    public init(sql: String) {
        segments = [.sql(sql)]
    }

    init(segments: [Segment]) {
        self.segments = segments
    }

    /// Continues the statement: `statement += " AND state = \(state)"`.
    public static func += (left: inout Statement, right: Statement) {
        left = Statement(segments: left.segments + right.segments)
    }

    public struct StringInterpolation: StringInterpolationProtocol {
        var segments: [Segment] = []

        public init(literalCapacity: Int, interpolationCount: Int) {
            segments.reserveCapacity(interpolationCount * 2 + 1)
        }

        public mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { segments.append(.sql(literal)) }
        }

        /// Binds a value.
        public mutating func appendInterpolation(_ value: some ValueConvertible) {
            segments.append(.value(value.storageValue))
        }

        /// Binds a value, or NULL where there is none. The compiler takes an optional in the other one for a mistake.
        public mutating func appendInterpolation<Wrapped: ValueConvertible>(_ value: Wrapped?) {
            segments.append(.value(value.storageValue))
        }

        /// Binds the members of a list for `x \(in: list)`. An empty list matches nothing.
        public mutating func appendInterpolation(in list: [some ValueConvertible]) {
            segments.append(.list(list.map(\.storageValue)))
        }

        /// Puts the text that the database at hand has for a named fragment.
        public mutating func appendInterpolation(_ fragment: Dialect.Fragment) {
            segments.append(.fragment(fragment))
        }

        /// Splices another statement, with its values.
        public mutating func appendInterpolation(_ statement: Statement) {
            segments += statement.segments
        }
    }
}

extension Statement {
    /// The text and the values in the order of its placeholders, for one dialect.
    ///
    /// A list becomes `IN (?, ?, ...)`, padded with repetitions of its last member to a power of two so that few
    /// different texts are prepared.
    public func rendered(for dialect: Dialect) -> (sql: String, values: [Value]) {
        var sql = ""
        var values: [Value] = []
        func placeholder(_ value: Value) {
            values.append(value)
            sql += dialect.placeholder(values.count)
        }
        for segment in segments {
            switch segment {
            case .sql(let text): sql += text
            case .value(let value): placeholder(value)
            case .fragment(let fragment): sql += dialect.text(of: fragment)
            case .list(let list):
                guard let last = list.last else {
                    sql += "IN (NULL)"
                    continue
                }
                var padded = 1
                while padded < list.count { padded *= 2 }
                // A long list is not padded past what one statement may bind.
                padded = max(list.count, min(padded, Dialect.maximumBoundValues - values.count))
                sql += "IN ("
                for index in 0..<padded {
                    if index > 0 { sql += "," }
                    placeholder(index < list.count ? list[index] : last)
                }
                sql += ")"
            }
        }
        return (sql, values)
    }
}
