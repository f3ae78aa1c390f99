import HooklineStorage
import HooklineWebhooks

/// The keys that seal webhook secrets in the database.
///
/// They are kept apart from it, so that who gets hold of a copy of the database has no secret. A server on SQLite makes
/// the file by itself when it starts for the first time; nodes that share a PostgreSQL database share the file too, so
/// there its owner makes it.
struct EncryptionKeys {
    let database: DatabaseAddress
    let dataFolder: String
    /// The file that the settings name.
    let path: String?

    private static let maximumFileBytes = 65_536

    /// - Parameter isInUse: whether something in the database was sealed already: then new keys would not open it.
    func load(isInUse: Bool) throws(StartError) -> EncryptionKeyRing {
        guard let path = path ?? defaultPath else {
            if case .sqliteInMemory = database { return try ring(EncryptionKeyRing.generateFileText(), "memory") }
            throw StartError(
                "a PostgreSQL database needs a key file that all nodes share: make one with 'hookline webhooks keygen"
                    + " > FILE' (mode 600), and name it with --encryption-key-file or HOOKLINE_ENCRYPTION_KEY_FILE",
                .configuration
            )
        }
        if !SmallFile.exists(path) {
            guard self.path == nil else { throw StartError("the key file \(path) does not exist", .configuration) }
            guard !isInUse else {
                throw StartError(
                    "the key file \(path) is missing, and the database has secrets that only its keys open: put it back",
                    .badData
                )
            }
            try create(path)
        }
        do {
            let bytes = try SmallFile.contents(of: path, maximumBytes: Self.maximumFileBytes, isPrivate: true)
            return try ring(String(decoding: bytes, as: UTF8.self), path)
        } catch let error as SystemError {
            throw StartError(
                "the key file \(path) cannot be used: \(error); it must belong to this user, with mode 600",
                .configuration
            )
        } catch let error as StartError {
            throw error
        } catch {
            throw StartError(unexpected: error)
        }
    }

    private var defaultPath: String? {
        switch database {
        case .sqlite(let path): "\(path).encryption-keys"
        case .sqliteInMemory, .postgres: nil
        }
    }

    private func create(_ path: String) throws(StartError) {
        do {
            if path.hasPrefix(dataFolder) { try DataFolder.create(dataFolder) }
            try SmallFile.create(path, contents: Array(EncryptionKeyRing.generateFileText().utf8))
        } catch let error as StartError {
            throw error
        } catch {
            throw StartError("the key file \(path) cannot be written: \(error)", .cannotCreate)
        }
    }

    private func ring(_ text: String, _ path: String) throws(StartError) -> EncryptionKeyRing {
        do {
            return try EncryptionKeyRing(fileText: text)
        } catch {
            throw StartError("the key file \(path) is not accepted: \(error)", .configuration)
        }
    }
}
