import HooklinePrimitives

/// A payload of features in a file, as GrowthBook's API gives it.
enum FeaturePayload {
    static let maximumBytes = 64 * 1024 * 1024

    /// - Throws: `ClientError.unusable`.
    static func read(_ path: String) throws(ClientError) -> JSON {
        let bytes = try InputFile.contents(of: path, maximumBytes: maximumBytes)
        do {
            let json = try JSON.parse(bytes)
            guard json["features"]?.object != nil else {
                throw ClientError.unusable("\(path) has no object 'features', as a payload of GrowthBook's API has")
            }
            return json
        } catch let error as ClientError {
            throw error
        } catch {
            throw .unusable("\(path) is no JSON \(error)")
        }
    }
}
