import HooklinePrimitives
import HooklineServer
import HooklineStorage

/// The key with which the owner of a new database makes the others.
///
/// It is written to a file before it is stored, as the database keeps only a digest. The file has another name until the
/// database has the key, so that after a crash at any point the next start knows what to do:
///
/// - nothing stored, `.new` exists: that key was never valid; it is stored now.
/// - stored, `.new` exists: it is renamed.
/// - nothing stored and no `.new`: a new key is made. A file without `.new` may hold a key that was revoked; it is
///   replaced, and that key stays revoked.
struct FirstAdminKey {
    let store: KeyStore
    let database: any Database
    let path: String
    let clock: WallClock

    /// Makes the key where the database has no administrator's.
    ///
    /// - Returns: whether the file was written, now or before a crash.
    func ensure() async throws -> Bool {
        let newPath = "\(path).new"
        let staged = try stagedKey(newPath)
        if try await store.hasKey(of: .admin) {
            guard let staged else { return false }
            let isStored = try await store.key(staged.id) != nil
            return try settle(newPath, isStored: isStored)
        }
        let key: APIKey
        if let staged {
            key = staged
        } else {
            key = APIKey.generate()
            try create(newPath, key)
        }
        let stored = StoredKey(key, name: "first administrator", scope: .admin, createdAt: clock.now())
        let isStored = try await database.write { [store] transaction in
            // Several nodes may start at once: one of them makes the key.
            try transaction.lock(.firstAdminKey)
            guard try !store.hasKey(of: .admin, in: transaction) else { return false }
            try store.add(stored, in: transaction)
            return true
        }
        return try settle(newPath, isStored: isStored)
    }

    /// Gives the file its final name where its key is the database's, and removes it where it is not.
    private func settle(_ newPath: String, isStored: Bool) throws(StartError) -> Bool {
        do {
            if isStored { try SmallFile.move(newPath, to: path) } else { try SmallFile.remove(newPath) }
            return isStored
        } catch {
            throw StartError("the file \(newPath) cannot be moved to \(path): \(error)", .cannotCreate)
        }
    }

    /// The key of a start that did not finish; nil where there is none. A file that was cut short is removed.
    ///
    /// A file of somebody else is refused: in a folder that others may write to, they could choose the key.
    private func stagedKey(_ newPath: String) throws(StartError) -> APIKey? {
        guard SmallFile.exists(newPath) else { return nil }
        do {
            let bytes = try SmallFile.contents(of: newPath, maximumBytes: Self.maximumFileBytes, isPrivate: true)
            if let key = APIKey(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)) {
                return key
            }
            try SmallFile.remove(newPath)
            return nil
        } catch {
            throw StartError("the file \(newPath) cannot be read: \(error)", .cannotCreate)
        }
    }

    private func create(_ newPath: String, _ key: APIKey) throws(StartError) {
        do {
            try SmallFile.create(newPath, contents: Array("\(key.text)\n".utf8))
        } catch {
            throw StartError("the key's file \(newPath) cannot be written: \(error)", .cannotCreate)
        }
    }

    private static let maximumFileBytes = 1024
}

extension TransactionLock {
    /// Held while a node looks whether there is an administrator's key and makes the first.
    fileprivate static let firstAdminKey = TransactionLock(number: 0x686F_6F6B_0000_0003)
}
