internal import HooklineStorage

/// What NOTIFY carries: the schema, because several Hooklines may share a database, and the channel.
enum PostgresNotice {
    /// One channel of the server for all of ours, so that one LISTEN hears those that are asked for later.
    static let serverChannel = "hookline"

    static func payload(schema: String, channel: Channel) -> String {
        // A channel has no space, so the last one separates.
        "\(schema) \(channel.name)"
    }

    /// The channel, where the notice is meant for this schema.
    static func channel(payload: String, schema: String) -> Channel? {
        guard let space = payload.lastIndex(of: " "), payload[..<space].utf8.elementsEqual(schema.utf8) else {
            return nil
        }
        let name = payload[payload.index(after: space)...]
        guard name.utf8.allSatisfy({ $0 == 0x5F || (0x61...0x7A).contains($0) }) else { return nil }
        return Channel(String(name))
    }

    /// The schema in which a connection makes and finds tables.
    static func schema(of session: PostgresSession) throws -> String {
        try session.run("SELECT current_schema() AS name", Parameters()).rows().first?.optionalText("name") ?? ""
    }
}
