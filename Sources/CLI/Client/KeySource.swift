/// Where the key of a server comes from.
struct KeySource {
    /// Of the command line.
    var key: String?
    /// A path.
    var file: String?

    /// A key is some 60 bytes; a longer file is another one.
    static let maximumFileBytes = 1024

    /// The key, nil where there is none anywhere.
    ///
    /// - Throws: `ClientError.unusable` for a file that cannot be read or a key that cannot be sent.
    func find(_ environment: [String: String]) throws -> String? {
        if let key { return try Self.checked(key, "--key") }
        if let file {
            let bytes = try InputFile.contents(of: file, maximumBytes: Self.maximumFileBytes)
            let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            return try Self.checked(line.trimmed, file)
        }
        for name in ["HOOKLINE_KEY", "HOOKLINE_ADMIN_KEY"] {
            if let key = environment[name].nonEmpty { return try Self.checked(key, name) }
        }
        return nil
    }

    /// Anything but visible ASCII does not get through a header field, or would add another one.
    private static func checked(_ key: String, _ source: String) throws(ClientError) -> String {
        guard !key.isEmpty, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .unusable("\(source) holds no key: a key is text without spaces, such as hk_..._...")
        }
        return key
    }
}
