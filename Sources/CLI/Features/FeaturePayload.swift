import HooklinePrimitives

/// A payload of features in a file, as GrowthBook's API gives it.
enum FeaturePayload {
    static let maximumBytes = 64 * 1024 * 1024

    /// - Throws: `ClientError.unusable`.
    static func read(_ path: String) throws(ClientError) -> JSON {
        let payload = try DefinitionOptions.object(InputFile.contents(of: path, maximumBytes: maximumBytes), path)
        guard payload["features"]?.object != nil else {
            throw .unusable("\(path) has no object 'features', as a payload of GrowthBook's API has")
        }
        return .object(payload)
    }
}
