/// Why the settings cannot be used. The description is one line, without any secret.
public enum ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// `source` is where the value stands: `--address`, `HOOKLINE_ADDRESS`, `address in /etc/hookline.json`.
    case invalid(source: String, problem: String, accepted: String)
    /// The configuration file cannot be read, or is no JSON object.
    case unreadableFile(path: String, problem: String)
    case unknownKey(key: String, path: String, accepted: [String])

    public var description: String {
        switch self {
        case .invalid(let source, let problem, let accepted): "\(source) \(problem); accepted: \(accepted)"
        case .unreadableFile(let path, let problem): "the configuration file \(path) \(problem)"
        case .unknownKey(let key, let path, let accepted):
            "'\(key)' in \(path) is no setting; accepted: \(accepted.joined(separator: ", "))"
        }
    }
}
