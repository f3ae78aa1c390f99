import Crypto
import HooklinePrimitives

/// The ids of messages whose sender named them.
///
/// They are made of the application and the name alone, so sending a message again under its name finds the first, on
/// every node and without a table of names: `msg_`, 32 hexadecimal digits of a digest, and for an `eventId` `_` and that
/// itself, which is so read back from the id. A dot in it is written `~`, because Standard Webhooks asks for ids without.
enum SvixMessageID {
    static let maximumEventIDBytes = 200

    private static let prefix = "msg_"
    private static let digestDigits = 32

    /// Reads an `eventId`: 1 to 200 letters, digits, `-`, `_` and `.`.
    static func readEventID(_ field: JSONField) throws(FieldError) -> String {
        let text = try field.string()
        guard (1...maximumEventIDBytes).contains(text.utf8.count), text.utf8.allSatisfy(SvixUID.isAccepted) else {
            throw field.error(
                "is not accepted; accepted are 1 to \(maximumEventIDBytes) letters, digits, '-', '_' and '.'"
            )
        }
        return text
    }

    /// The id of the message with an `eventId`.
    static func derived(eventID: String, of application: Identifier) -> Identifier {
        let digest = digest("event", eventID, application)
        return Identifier(unchecked: "\(prefix)\(digest)_\(eventID.replacing(".", with: "~"))")
    }

    /// The id of the message that was sent with an idempotency key.
    static func derived(idempotencyKey key: String, of application: Identifier) -> Identifier {
        Identifier(unchecked: prefix + digest("key", key, application))
    }

    /// The `eventId` of the message that has an id; nil where it was sent without.
    static func eventID(of id: Identifier, of application: Identifier) -> String? {
        let rest = id.text.dropFirst(prefix.count + digestDigits)
        guard rest.first == "_" else { return nil }
        let eventID = rest.dropFirst().replacing("~", with: ".")
        return derived(eventID: String(eventID), of: application) == id ? String(eventID) : nil
    }

    private static func digest(_ kind: String, _ name: String, _ application: Identifier) -> String {
        // No part contains U+0000, so different parts never make the same text.
        let digest = SHA256.hash(data: Array("svix\u{0}\(kind)\u{0}\(application)\u{0}\(name)".utf8))
        return digest.prefix(digestDigits / 2).hexadecimalDigits
    }
}
