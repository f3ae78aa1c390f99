public import HooklinePrimitives

/// Which types of events a subscription asks for.
public enum EventTypePattern: Sendable, Hashable {
    /// `*`
    case all
    /// `video.*`: every type with one or more further segments, but not `video` itself.
    case below(Identifier)
    /// `video.created`
    case exactly(Identifier)

    /// Reads a pattern from a request's body.
    public init(_ field: JSONField) throws(FieldError) {
        let text = try field.string()
        if text == "*" {
            self = .all
        } else if text.hasSuffix(".*"), EventTypeName.isValid(String(text.dropLast(2))) {
            self = .below(Identifier(unchecked: String(text.dropLast(2))))
        } else if EventTypeName.isValid(text) {
            self = .exactly(Identifier(unchecked: text))
        } else {
            throw field.error(
                "is \(text.inMessage); accepted are a type such as video.created, all below one such as video.*, and *"
            )
        }
    }

    public func matches(_ type: Identifier) -> Bool {
        switch self {
        case .all: true
        case .below(let prefix):
            type.text.utf8.count > prefix.text.utf8.count + 1 && type.text.utf8.starts(with: "\(prefix).".utf8)
        case .exactly(let name): type == name
        }
    }
}

extension EventTypePattern: CustomStringConvertible {
    /// As it is written.
    public var description: String {
        switch self {
        case .all: "*"
        case .below(let prefix): "\(prefix).*"
        case .exactly(let name): name.text
        }
    }
}
