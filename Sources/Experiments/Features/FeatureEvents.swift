public import HooklinePrimitives

/// What the outbox is told of features.
public enum FeatureEvents {
    /// A feature was written: made, or made otherwise.
    public static let changed: Identifier = "feature.changed"
    public static let deleted: Identifier = "feature.deleted"

    static func payload(_ written: FeatureWritten, by actor: String) -> RawJSON {
        let json: JSONObject = [
            "key": JSON(written.key), "change": .string(written.change.rawValue),
            "version": JSON(written.part?.version), "definition": written.part?.body ?? .null, "actor": .string(actor),
        ]
        return RawJSON(unchecked: JSON.object(json).encoded())
    }
}
