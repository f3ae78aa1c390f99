public import HooklinePrimitives

/// What can be wrong with a call about features, beside a `FieldError` in what is written.
public enum FeatureError: Error, Equatable {
    case unknown(FeaturePart.Kind, Identifier)
    case unknownVersion(FeaturePart.Kind, Identifier, Int, latest: Int)
    /// The part is not as the write depends on; nil where it is not there.
    case otherVersion(FeaturePart.Kind, Identifier, current: Int?)
    /// There are as many as there may be.
    case tooMany(FeaturePart.Kind, maximum: Int)
    /// What depends on the part would no longer mean anything.
    case inUse(FeaturePart.Kind, Identifier, problem: String)
    /// The cursor is none that a page has given out.
    case invalidCursor
}

/// Why a feature has no answer for a context.
public enum FeatureEvaluationError: Error, Equatable {
    case unknownFeature(Identifier)
    /// The viewer's id decides, and the context has none.
    case userMissing(Identifier)
}
