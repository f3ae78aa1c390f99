/// Why the edge refuses the body of a request before anybody looks into it.
public enum BodyError: Error, Equatable {
    case missing
    case tooLarge(maximumBytes: Int)
    /// The connection ended, or the announced length was wrong.
    case incomplete(announcedBytes: Int, receivedBytes: Int)
    /// The body ended in the middle, or its chunks are framed wrongly.
    case broken
    case unsupportedMediaType(found: String, accepted: String)
}
