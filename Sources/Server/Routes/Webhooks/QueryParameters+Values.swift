import HooklinePrimitives
import HooklineWebhooks

extension QueryParameters {
    /// An identifier; nil where it is not given.
    func identifier(_ name: String) throws(RequestError) -> Identifier? {
        guard let text = self[name] else { return nil }
        do {
            return try Identifier(text)
        } catch {
            throw .invalid(field: name, problem: error.description, accepted: "an identifier")
        }
    }

    /// Names of event types between commas; none where it is not given.
    func eventTypes(_ name: String) throws(RequestError) -> [Identifier] {
        guard let text = self[name] else { return [] }
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let maximum = EventTypeSelection.maximumPatterns
        guard names.count <= maximum, names.allSatisfy(EventTypeName.isValid) else {
            throw .invalid(
                field: name,
                problem: "is '\(text)'",
                accepted: "at most \(maximum) names of event types between commas"
            )
        }
        return names.map { Identifier(unchecked: $0) }
    }

    /// A time in RFC 3339, or in whole milliseconds since 1970; nil where it is not given.
    func timestamp(_ name: String) throws(RequestError) -> Timestamp? {
        guard let text = self[name] else { return nil }
        let moment = Int64(text).map(Timestamp.init(milliseconds:)) ?? Timestamp(text)
        guard let moment, Timestamp.accepted.contains(moment) else {
            throw .invalid(
                field: name,
                problem: "is '\(text)'",
                accepted: "a time such as 2026-01-28T10:00:00Z, or whole milliseconds since 1970"
            )
        }
        return moment
    }

    /// A page of items that may be large.
    func smallPage() throws(RequestError) -> PageRequest {
        let limit = try integer("limit", in: 1...Self.maximumLargeItems)
        return PageRequest(after: self["cursor"], limit: limit ?? PageRequest.defaultLimit)
    }

    /// The most events of an answer, since each may have a payload of `DomainEvent.maximumPayloadBytes`.
    static let maximumLargeItems = 100
}
