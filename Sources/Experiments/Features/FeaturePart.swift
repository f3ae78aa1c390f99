public import HooklinePrimitives

/// One of what a set of features is made of: a feature, or a list of values that conditions name.
public struct FeaturePart: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case feature
        case savedGroup = "saved_group"

        /// Where a payload has parts of this kind.
        var payloadMember: String {
            switch self {
            case .feature: "features"
            case .savedGroup: "savedGroups"
            }
        }
    }

    public let kind: Kind
    public let key: Identifier
    /// As it was written: a feature's definition, a group's values.
    public let body: JSON
    /// From 1 on; grows with every change, also over a deletion.
    public let version: Int
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
}

/// What a part was at a time, and who has made it so.
public struct FeaturePartVersion: Sendable {
    public let kind: FeaturePart.Kind
    public let key: Identifier
    public let version: Int
    /// Nil where it was deleted.
    public let body: JSON?
    public let at: Timestamp
    /// Who did it: the id of a key, or one of the names of ``AuditActor``.
    public let actor: String
}

/// What a write depends on.
public enum FeatureCondition: Sendable, Equatable {
    case none
    /// The part is there in this version; else nothing is written.
    case version(Int)
    /// The part is not there yet; else nothing is written.
    case isNew
}
