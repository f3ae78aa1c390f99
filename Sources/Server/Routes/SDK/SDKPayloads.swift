import Crypto
import HooklineExperiments
import HooklinePrimitives
import NIOCore
import Synchronization

/// What SDKs are sent, made once for all of them.
final class SDKPayloads: Sendable {
    private let encryptionKey: FeatureEncryptionKey?
    private let last = Mutex<Payload?>(nil)

    struct Payload: Sendable {
        /// Of the features that it was made of.
        fileprivate let source: String
        /// Of the bytes: with another key to encrypt them they are others.
        let tag: String
        /// The body of an answer: a JSON object on one line.
        let body: ByteBuffer
        let event: FeatureStream.Event
    }

    /// - Parameter encryptionKey: Nil sends features in the open.
    init(encryptionKey: FeatureEncryptionKey?) {
        self.encryptionKey = encryptionKey
    }

    func payload(of published: PublishedFeatures) -> Payload {
        if let known = last.withLock({ $0 }), known.source == published.tag { return known }
        let made = make(published)
        last.withLock { $0 = made }
        return made
    }

    private func make(_ published: PublishedFeatures) -> Payload {
        let bytes = bytes(published)
        let tag =
            encryptionKey == nil ? published.tag : SHA256.hash(data: bytes).prefix(16).hexadecimalDigits
        let body = ByteBuffer(bytes: bytes)
        return Payload(
            source: published.tag,
            tag: tag,
            body: body,
            event: FeatureStream.Event(tag: tag, type: "features", data: body)
        )
    }

    private func bytes(_ published: PublishedFeatures) -> [UInt8] {
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
