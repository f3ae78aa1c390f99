public import HooklinePrimitives
public import Hummingbird

/// The parameters of a request's query, decoded.
///
/// A parameter that a route does not know is refused rather than overlooked: a misspelt filter would answer everything.
public struct QueryParameters: Sendable {
    private let values: [String: String]

    /// - Throws: `RequestError.invalid` for a parameter that is not `known` or is given twice, and
    ///   `RequestError.invalidPercentEncoding`.
    public init(of request: Request, known: [String]) throws(RequestError) {
        var values: [String: String] = [:]
        for item in (request.uri.query ?? "").split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0], plusIsSpace: true) else {
                throw .invalidPercentEncoding(field: String(parts[0]))
            }
            guard let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true) else {
                throw .invalidPercentEncoding(field: name)
            }
            guard known.contains(name) else {
                let accepted = known.isEmpty ? "no parameters" : known.joined(separator: ", ")
                throw .invalid(field: name, problem: "is no parameter of this request", accepted: accepted)
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw .invalid(field: name, problem: "is given twice", accepted: "one value")
            }
        }
        self.values = values
    }

    /// The value of a parameter, nil where it is not given.
    public subscript(name: String) -> String? { values[name] }

    /// A whole number of a range; nil where it is not given.
    public func integer(_ name: String, in range: ClosedRange<Int>) throws(RequestError) -> Int? {
        guard let text = values[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw .invalid(
                field: name,
                problem: "is '\(text)'",
                accepted: "a whole number of \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    /// `true` or `false`; nil where it is not given.
    public func boolean(_ name: String) throws(RequestError) -> Bool? {
        guard let text = values[name] else { return nil }
        guard let value = Bool(text) else {
            throw .invalid(field: name, problem: "is '\(text)'", accepted: "true or false")
        }
        return value
    }

    /// One of some words; nil where it is not given.
    public func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        of type: Choice.Type = Choice.self
    ) throws(RequestError) -> Choice? where Choice.RawValue == String {
        guard let text = values[name] else { return nil }
        guard let value = Choice(rawValue: text) else {
            let accepted = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(field: name, problem: "is '\(text)'", accepted: accepted)
        }
        return value
    }

    /// `limit` and `cursor`: which page of a list is asked for. Both must be `known`.
    public func page() throws(RequestError) -> PageRequest {
        let limit = try integer("limit", in: 1...PageRequest.maximumLimit)
        let cursor = self["cursor"]
        // No database compares with it, and no page gives it out.
        guard !(cursor?.utf8.contains(0) ?? false) else {
            throw .invalid(
                field: "cursor",
                problem: "has the character U+0000",
                accepted: "what a page gave out as 'next'"
            )
        }
        return PageRequest(after: cursor, limit: limit ?? PageRequest.defaultLimit)
    }

    /// The names of the parameters of `page()`.
    public static let page = ["limit", "cursor"]
}

extension HooklineRequestContext {
    /// A parameter of the path, decoded: `id` of `/v1/keys/{id}`.
    ///
    /// - Throws: `RequestError.invalidPercentEncoding`.
    public func pathText(_ name: String) throws(RequestError) -> String {
        guard let raw = parameters.get(name) else { preconditionFailure("the route has no parameter '\(name)'") }
        guard let text = PercentEncoding.decode(raw, plusIsSpace: false) else {
            throw .invalidPercentEncoding(field: name)
        }
        return text
    }

    /// The same as an identifier.
    ///
    /// - Throws: `RequestError.invalid` where it is none, such as one that is too long.
    public func pathIdentifier(_ name: String) throws(RequestError) -> Identifier {
        let text = try pathText(name)
        do {
            return try Identifier(text)
        } catch {
            throw .invalid(field: name, problem: error.description, accepted: "an identifier")
        }
    }

    /// The parameter `version` of the path.
    ///
    /// - Throws: `RequestError.invalid` where it is none.
    func pathVersion() throws(RequestError) -> Int {
        let text = try pathText("version")
        guard let version = Int(text), (1...Int(Int32.max)).contains(version) else {
            throw .invalid(field: "version", problem: "is '\(text)'", accepted: "a whole number from 1 on")
        }
        return version
    }
}
