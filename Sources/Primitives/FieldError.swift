/// What is wrong with one field of a request's body.
public struct FieldError: Error, Equatable, Sendable {
    /// The path of the field: `name`, `variants[2]`, `split.control`; empty for the body itself.
    public let field: String
    /// What was wrong and what is accepted, to be read after the field: `is a number; expected text`.
    public let problem: String

    public init(field: String, problem: String) {
        self.field = field
        self.problem = problem
    }
}

extension FieldError: CustomStringConvertible {
    public var description: String { "\(field.isEmpty ? "the body" : field) \(problem)" }
}

extension String {
    /// What a sender wrote, cut so that a message cannot grow with it.
    var shortened: String {
        // A Character can be of any length, as combining marks count to it.
        let start = unicodeScalars.prefix(Self.shownScalars)
        return start.endIndex == endIndex ? self : String(start) + "..."
    }

    /// What a sender wrote, in quotes, cut, and on one line.
    var quoted: String { "'\(JSON.string(shortened).text.dropFirst().dropLast())'" }

    private static let shownScalars = 64
}
