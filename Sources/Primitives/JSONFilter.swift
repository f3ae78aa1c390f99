/// Which JSON values somebody asks for, as in Hookdeck and Outpost: payloads of a subscription, events of a metric.
///
///     {"video.status": "published", "video.seconds": {"$gte": 15, "$lt": 60},
///      "$or": [{"video.tags": "launch"}, {"video.owner": {"$starts_with": "team-"}}]}
///
/// A filter is an object. All its members must hold:
/// - A key is a path: dots descend into objects, and into arrays by index (`items.0.id`; nothing descends into all
///   elements). A dot, `$` or backslash of a name is written behind a backslash. An object without operators as the
///   value goes on with the path: `{"video": {"status": "published"}}`.
/// - Text, a number, a boolean or null as the value is short for `$eq`. An array is refused: there are `$in`, for one
///   of several, and `$eq`, for the whole array.
/// - An object whose keys start with `$` holds operators, which must all hold for the value at the path.
///
/// The operators:
/// - `$eq`: the value equals the operand, or is an array with an element that equals it. Numbers are equal by their
///   exact values (`1` and `1.0`), texts by their UTF-8 bytes, objects whatever the order of their members. A missing
///   value equals nothing; null equals only null.
/// - `$ne`: `$eq` does not hold, so a missing value is taken.
/// - `$in`: `$eq` holds for one of the operand's elements.
/// - `$gt`, `$gte`, `$lt`, `$lte`: for numbers by value and for texts by UTF-8 bytes. Everything else has no order, and
///   neither has a number with a text: they do not hold.
/// - `$starts_with`: the value is text and begins with the operand's UTF-8 bytes.
/// - `$exists`: whether there is a value at the path. Null is one.
/// - `$and`, `$or`: an array of conditions, all or one of which must hold. `$not`: a condition that must not hold. They
///   may stand beside paths, and as operators of one path: `{"n": {"$or": [{"$lt": 1}, {"$gt": 9}]}}`.
///
/// Of a missing value only `$exists: false`, `$ne` and `$not` can hold. Raw JSON in a payload is not looked into.
public struct JSONFilter: Sendable {
    /// The filter as JSON, verbatim where it was read from text.
    public let text: String
    let condition: JSONFilterCondition

    /// Reads a filter. Errors name the clause by its path below `path`: `filter.video.status.$in[3]`.
    public init(_ json: JSON, path: String = "filter") throws(FieldError) {
        try self.init(json, text: json.text, path: path)
    }

    /// Reads a filter from JSON text, which is kept as it is.
    public init(text: String, path: String = "filter") throws(FieldError) {
        let json: JSON
        do {
            json = try JSON.parse(text)
        } catch {
            throw FieldError(field: path, problem: "is no JSON \(error)")
        }
        try self.init(json, text: text, path: path)
    }

    private init(_ json: JSON, text: String, path: String) throws(FieldError) {
        let field = JSONField(json, path: path)
        guard text.utf8.count <= Self.maximumBytes else {
            throw field.error("is \(text.utf8.count) bytes long; accepted are at most \(Self.maximumBytes)")
        }
        var parser = JSONFilterParser()
        condition = .all(try parser.members(of: field.object(), at: JSONFilterPath()))
        self.text = text
    }

    /// Whether a payload is taken.
    public func matches(_ payload: JSON) -> Bool { condition.holds(for: payload) }

    /// Which clause refuses a payload, the first in the filter's order; nil where it is taken.
    public func refusal(of payload: JSON) -> Refusal? { condition.refusal(of: payload) }

    /// Objects in objects and in `$and`, `$or` and `$not`.
    public static let maximumDepth = 8
    /// Comparisons and `$and`, `$or`, `$not`.
    public static let maximumClauses = 64
    /// Of `$in`, and conditions of `$and` and `$or`.
    public static let maximumMembers = 100
    /// Of texts to compare with, and of keys.
    public static let maximumStringBytes = 1024
    /// Of the whole filter as text.
    public static let maximumBytes = 65_536
}

extension JSONFilter: Hashable {
    /// By their text's bytes.
    public static func == (left: JSONFilter, right: JSONFilter) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension JSONFilter: Codable {
    /// Reads the JSON text.
    public init(from decoder: any Decoder) throws {
        try self.init(text: decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the JSON text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension JSONFilter {
    /// The clause that refused a payload.
    public struct Refusal: Sendable, Equatable {
        /// As a filter writes it: `video.status`; empty for the payload itself.
        public let path: String
        /// `$eq`, also where the filter left it out.
        public let `operator`: String
        /// The operand.
        public let expected: JSON
        /// The value at the path; nil where there is none.
        public let found: JSON?
    }
}

extension JSONFilter.Refusal: CustomStringConvertible {
    /// `video.status is "draft"; the filter has $eq "published"`.
    public var description: String {
        let found = found.map { "is \(Self.shown($0))" } ?? "is missing"
        return "\(path.isEmpty ? "the payload" : path) \(found); the filter has \(`operator`) \(Self.shown(expected))"
    }

    private static func shown(_ value: JSON) -> String {
        switch value {
        case .array, .object: value.kind?.description ?? ""
        case .string(let text): text.quoted
        default: value.text
        }
    }
}
