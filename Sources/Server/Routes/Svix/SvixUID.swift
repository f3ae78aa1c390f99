import HooklinePrimitives
import HooklineWebhooks

/// The names that users of Svix give to applications and endpoints.
///
/// An application's uid is the tenant's id, so that other parts of Hookline know it by the same name. An endpoint's stands in
/// the metadata of its subscription, under a name that the facade keeps to itself.
enum SvixUID {
    static let applicationPrefix = "app_"
    static let endpointPrefix = "ep_"
    static let metadataName = "hookline.svix.uid"
    static let maximumBytes = 256

    /// Reads a uid: 1 to 256 letters, digits, `-`, `_` and `.`, which no id begins like.
    static func read(_ field: JSONField, otherThan prefix: String) throws(FieldError) -> String {
        let text = try field.string()
        guard isValid(text, otherThan: prefix) else {
            throw field.error(
                "is not accepted; accepted are 1 to \(maximumBytes) letters, digits, '-', '_' and '.', not beginning"
                    + " with '\(prefix)'"
            )
        }
        return text
    }

    static func isValid(_ text: String, otherThan prefix: String) -> Bool {
        (1...maximumBytes).contains(text.utf8.count) && !text.hasPrefix(prefix) && text.utf8.allSatisfy(isAccepted)
    }

    /// The uid of an endpoint.
    static func of(_ subscription: Subscription) -> String? { subscription.definition.metadata[metadataName] }

    /// The uid of an application: its id, unless the facade made that.
    static func of(_ tenant: Tenant) -> String? { tenant.id.text.hasPrefix(applicationPrefix) ? nil : tenant.id.text }

    static func isAccepted(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
