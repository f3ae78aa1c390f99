import HooklinePrimitives
import HooklineWebhooks

/// Metadata: texts by name.
enum SvixMetadata {
    /// One member less than a subscription has, whose place the uid may take.
    static let maximumMembers = SubscriptionDefinition.maximumMetadataMembers - 1

    static func read(_ field: JSONField) throws(FieldError) -> JSONObject {
        let members = try field.object().all
        guard members.count <= maximumMembers else {
            throw field.error("has \(members.count) members; accepted are at most \(maximumMembers)")
        }
        var metadata = JSONObject()
        for (name, value) in members {
            let accepted = 1...SubscriptionDefinition.maximumMetadataNameBytes
            guard accepted.contains(name.utf8.count), name != SvixUID.metadataName else {
                throw value.error(
                    "has a name that is not accepted; accepted are names of 1 to \(accepted.upperBound) bytes"
                )
            }
            let text = try value.string(maximumBytes: SubscriptionDefinition.maximumMetadataValueBytes)
            metadata[name] = .string(text)
        }
        return metadata
    }

    /// Svix knows only texts; what another part of Hookline stored otherwise is shown as its JSON text.
    static func json(_ raw: RawJSON) -> JSON {
        var metadata = JSONObject()
        for member in (try? JSON.parse(raw.bytes))?.object ?? JSONObject() {
            metadata[member.key] = .string(member.value.string ?? member.value.text)
        }
        return .object(metadata)
    }
}

extension JSONFields {
    /// Refuses a field that Hookline could only ignore, unless it is null.
    func refuse(_ name: String, _ problem: String) throws(FieldError) {
        if let field = optional(name) { throw field.error(problem) }
    }
}
