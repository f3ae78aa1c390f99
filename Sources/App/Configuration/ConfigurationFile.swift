import Configuration
import HooklinePrimitives

/// The JSON file of `--config`: one object, whose members are settings.
enum ConfigurationFile {
    /// Reads a file. A member that is no setting is refused: a misspelt one would be without effect.
    static func snapshot(at path: String) throws(ConfigurationError) -> any ConfigSnapshot {
        let bytes: [UInt8]
        do {
            bytes = try SmallFile.contents(of: path, maximumBytes: maximumBytes)
        } catch {
            throw .unreadableFile(path: path, problem: "cannot be read: \(error)")
        }
        guard bytes.count <= maximumBytes else {
            throw .unreadableFile(path: path, problem: "is longer than \(maximumBytes) bytes")
        }
        try check(bytes, path)
        do {
            return try JSONSnapshot(data: bytes.span.bytes, providerName: path, parsingOptions: .default)
        } catch {
            throw .unreadableFile(path: path, problem: "holds a value of a kind that no setting has")
        }
    }

    private static func check(_ bytes: [UInt8], _ path: String) throws(ConfigurationError) {
        let json: JSON
        do {
            json = try JSON.parse(bytes)
        } catch {
            throw .unreadableFile(path: path, problem: "is no JSON \(error)")
        }
        guard let object = json.object else { throw .unreadableFile(path: path, problem: "is no JSON object") }
        let accepted = Setting.all.map(\.key)
        for member in object {
            guard accepted.contains(member.key) else {
                throw .unknownKey(key: member.key, path: path, accepted: accepted)
            }
            // The library passes over values of other kinds, as if they were not there.
            guard [.string, .number, .array].contains(member.value.kind) else {
                throw .unreadableFile(path: path, problem: "has a value of a kind that '\(member.key)' does not have")
            }
        }
    }

    private static let maximumBytes = 1024 * 1024
}
