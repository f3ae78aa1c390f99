/// Which database to use.
public enum DatabaseAddress: Sendable, Equatable {
    /// A file of this machine.
    case sqlite(path: String)
    /// Gone at the end; for trying things out.
    case sqliteInMemory
    /// A server, by its libpq address.
    case postgres(url: String)

    /// The file that is used where nothing else is said.
    public static func inFolder(_ folder: String) -> DatabaseAddress {
        .sqlite(path: folder.hasSuffix("/") ? "\(folder)hookline.db" : "\(folder)/hookline.db")
    }

    static let accepted = "sqlite:PATH, sqlite::memory:, or postgres://USER:PASSWORD@HOST:PORT/DATABASE"

    /// `sqlite:PATH`, `sqlite::memory:`, `postgres://...` or `postgresql://...`; nil for anything else.
    public init?(parsing text: String) {
        guard !text.utf8.contains(0) else { return nil }
        if let path = Self.text(text, after: "sqlite:") {
            // `sqlite://` and `sqlite:///` are how other programs write the same.
            let plain = path.hasPrefix("///") ? path.dropFirst(2) : path.hasPrefix("//") ? path.dropFirst(2) : path
            switch plain {
            case "", "/": return nil
            case ":memory:": self = .sqliteInMemory
            default: self = .sqlite(path: String(plain))
            }
        } else if let rest = Self.text(text, after: "postgres://") ?? Self.text(text, after: "postgresql://") {
            guard !rest.isEmpty else { return nil }
            self = .postgres(url: text)
        } else {
            return nil
        }
    }

    private static func text(_ text: String, after prefix: String) -> Substring? {
        guard text.prefix(prefix.count).lowercased() == prefix else { return nil }
        return text.dropFirst(prefix.count)
    }
}

extension DatabaseAddress: CustomStringConvertible {
    /// For logs and messages: without user, password and parameters.
    public var description: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        case .sqliteInMemory: "sqlite::memory:"
        case .postgres(let url):
            "postgres://" + (url.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "?" }.split(separator: "@").last ?? "")
        }
    }
}
