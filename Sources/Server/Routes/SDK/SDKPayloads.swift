import HooklineExperiments
import HooklinePrimitives
import Synchronization

/// What SDKs are sent, made once for all of them.
final class SDKPayloads: Sendable {
    private let encryptionKey: FeatureEncryptionKey?
    private let last = Mutex<(tag: String, bytes: [UInt8])?>(nil)

    /// - Parameter encryptionKey: Nil sends features in the open.
    init(encryptionKey: FeatureEncryptionKey?) {
        self.encryptionKey = encryptionKey
    }

    /// The body of an answer: a JSON object on one line.
    func bytes(of published: PublishedFeatures) -> [UInt8] {
        if let known = last.withLock({ $0 }), known.tag == published.tag { return known.bytes }
        let made = make(published)
        last.withLock { $0 = (published.tag, made) }
        return made
    }

    private func make(_ published: PublishedFeatures) -> [UInt8] {
        var head: JSONObject = ["status": 200, "dateUpdated": JSON(published.changedAt)]
        guard let encryptionKey else {
            let start = JSON.object(head).encoded()
            return start.dropLast() + Array(",".utf8) + published.payload.bytes.dropFirst()
        }
        let payload = (try? JSON.parse(published.payload.bytes)) ?? [:]
        head["features"] = [:]
        head["encryptedFeatures"] = .string(encryptionKey.encrypt(payload["features"] ?? [:]))
        head["encryptedSavedGroups"] = .string(encryptionKey.encrypt(payload["savedGroups"] ?? [:]))
        return JSON.object(head).encoded()
    }
}
