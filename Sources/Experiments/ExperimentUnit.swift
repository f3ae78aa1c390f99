public import HooklinePrimitives

/// What an experiment randomises.
public enum ExperimentUnit: Hashable, Sendable {
    /// The viewer: `user_id`.
    case user
    /// The content: `content_id`. For a studio that publishes elsewhere and cannot choose what each viewer sees.
    case content
    /// A named attribute: of the request when allocating, of an event's properties when measuring.
    case attribute(Identifier)
    /// Something that another system has randomised; Hookline only analyses the results.
    case external
}

extension ExperimentUnit: Codable {
    private enum Keys: String, CodingKey { case kind, name }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        switch try container.decode(String.self, forKey: .kind) {
        case "user": self = .user
        case "content": self = .content
        case "external": self = .external
        default: self = .attribute(try container.decode(Identifier.self, forKey: .name))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        switch self {
        case .user: try container.encode("user", forKey: .kind)
        case .content: try container.encode("content", forKey: .kind)
        case .external: try container.encode("external", forKey: .kind)
        case .attribute(let name):
            try container.encode("attribute", forKey: .kind)
            try container.encode(name, forKey: .name)
        }
    }
}
