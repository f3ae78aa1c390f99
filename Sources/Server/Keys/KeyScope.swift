/// What a key may do.
public enum KeyScope: String, Sendable, CaseIterable {
    /// Allocate viewers and send events: a key that may stand in a page or an app, where everybody can read it.
    case client
    /// See everything but keys.
    case read
    /// `read`, `client`, and changing everything but keys.
    case write
    /// `write`, and keys.
    case admin

    /// Whether a key of this scope may do what `required` is declared for.
    public func includes(_ required: KeyScope) -> Bool {
        switch (self, required) {
        case (.admin, _), (.write, .write), (.write, .read), (.write, .client), (.read, .read), (.client, .client): true
        case (.write, .admin), (.read, _), (.client, _): false
        }
    }
}
