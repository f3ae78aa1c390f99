/// Why the sender of a request is not let in.
public enum AccessError: Error, Equatable {
    /// No key, or one in another form than `Authorization: Bearer KEY`.
    case keyMissing
    /// A key that does not exist, or not any more.
    case keyUnknown
    case scopeMissing(required: KeyScope, present: KeyScope)
    /// This key sends faster than a key may.
    case rateLimited(retryAfterSeconds: Int)
}
