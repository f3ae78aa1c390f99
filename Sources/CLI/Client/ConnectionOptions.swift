import ArgumentParser
import HooklineApp

/// Where a command sends its requests.
struct ConnectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The address of a server; HOOKLINE_SERVER does the same.", valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp(
            "A file whose first line is the key. Without it: HOOKLINE_KEY, then HOOKLINE_ADMIN_KEY.",
            valueName: "path"
        )
    )
    var keyFile: String?

    @Option(
        help: ArgumentHelp(
            "The key itself. Other users of the machine can see it while the command runs: prefer the file.",
            valueName: "key"
        )
    )
    var key: String?

    @Option(
        help: ArgumentHelp(
            "Without a server, the database: sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE.",
            valueName: "address"
        )
    )
    var database: String?

    @Option(help: ArgumentHelp("The folder of 'hookline serve --data', for its default database.", valueName: "folder"))
    var data: String?

    func validate() throws {
        if let server, ServerAddress(server) == nil {
            throw ValidationError("--server is '\(server)'; accepted: \(ServerAddress.accepted)")
        }
        if server != nil, database != nil || data != nil {
            throw ValidationError("--server and a database exclude each other; give one")
        }
        if key != nil, keyFile != nil { throw ValidationError("--key and --key-file exclude each other; give one") }
        if key != nil || keyFile != nil, database != nil || data != nil {
            throw ValidationError("a key is for --server; a database is opened without one")
        }
    }

    /// What was asked for, from the flags, then the environment, then the defaults of `hookline serve`.
    func target(_ environment: [String: String]) throws -> ConnectionTarget {
        let named = server ?? (database == nil && data == nil ? environment["HOOKLINE_SERVER"].nonEmpty : nil)
        if let named {
            guard let address = ServerAddress(named) else {
                throw ClientError.unusable("HOOKLINE_SERVER is '\(named)'; accepted: \(ServerAddress.accepted)")
            }
            guard let key = try KeySource(key: key, file: keyFile).find(environment) else {
                throw ClientError.keyMissing(place: address.text)
            }
            return .server(address, key: key)
        }
        if key != nil || keyFile != nil { throw ClientError.unusable("a key needs a --server to go to") }
        var flags: [String: String] = [:]
        flags["database"] = database
        flags["data"] = data
        return .database(try HooklineConfiguration(flags: flags, environment: environment))
    }

    /// Calls `body` with a client, which is closed after it.
    func withClient(_ environment: [String: String], _ body: (any Client) async throws -> Void) async throws {
        switch try target(environment) {
        case .server(let address, let key):
            let client = NetworkClient(address, key: key)
            try await closing({ try await client.close() }, after: { try await body(client) })
        case .database(let configuration):
            let client = try await EmbeddedClient(configuration)
            try await closing({ try await client.close() }, after: { try await body(client) })
        }
    }

    private func closing(
        _ close: () async throws -> Void,
        after body: () async throws -> Void
    ) async throws {
        do {
            try await body()
        } catch {
            // What went wrong first is what the user needs to know.
            try? await close()
            throw error
        }
        try await close()
    }
}

/// Where requests go.
enum ConnectionTarget {
    case server(ServerAddress, key: String)
    case database(HooklineConfiguration)
}
