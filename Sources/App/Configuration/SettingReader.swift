import Configuration

/// Looks settings up: a flag goes before the environment, which goes before the file.
struct SettingReader {
    /// A value and where it stands, for messages.
    struct Found<Value> {
        let value: Value
        let source: String
    }

    private struct Source {
        let snapshot: any ConfigSnapshot
        let name: (Setting) -> String
    }

    private let sources: [Source]

    /// - Parameters:
    ///   - flags: values of the command line by the key of their setting.
    ///   - filePath: the JSON file, nil where there is none.
    init(flags: [String: String], environment: [String: String], filePath: String?) throws(ConfigurationError) {
        // A variable that is set to nothing counts as not set, which is how shells and containers unset one.
        let environment = environment.filter { !$0.value.isEmpty }
        var sources = [
            Source(
                snapshot: EnvironmentVariablesProvider(
                    environmentVariables: Dictionary(
                        uniqueKeysWithValues: flags.map { ($0.key.uppercased(), $0.value) }
                    )
                ).snapshot(),
                name: \.flagName
            ),
            Source(
                snapshot: EnvironmentVariablesProvider(environmentVariables: environment)
                    .prefixKeys(with: "hookline").snapshot(),
                name: \.environmentName
            ),
        ]
        if let filePath {
            let snapshot = try ConfigurationFile.snapshot(at: filePath)
            sources.append(Source(snapshot: snapshot, name: { "\($0.key) in \(filePath)" }))
        }
        self.sources = sources
    }

    func string(_ setting: Setting) throws(ConfigurationError) -> Found<String>? {
        try find(setting, .string) { if case .string(let value) = $0 { value } else { nil } }
    }

    func double(_ setting: Setting) throws(ConfigurationError) -> Found<Double>? {
        try find(setting, .double) { if case .double(let value) = $0 { value } else { nil } }
    }

    func strings(_ setting: Setting) throws(ConfigurationError) -> Found<[String]>? {
        try find(setting, .stringArray) { if case .stringArray(let value) = $0 { value } else { nil } }
    }

    private func find<Value>(
        _ setting: Setting,
        _ type: ConfigType,
        _ extract: (ConfigContent) -> Value?
    ) throws(ConfigurationError) -> Found<Value>? {
        for source in sources {
            let content: ConfigContent?
            do {
                content = try source.snapshot.value(forKey: AbsoluteConfigKey([setting.key]), type: type).value?.content
            } catch {
                // The library's error repeats the value, which may be a secret.
                throw .invalid(
                    source: source.name(setting),
                    problem: "is of another kind",
                    accepted: setting.accepted
                )
            }
            if let value = content.flatMap(extract) { return Found(value: value, source: source.name(setting)) }
        }
        return nil
    }
}
