/// The address of a server, as `--server` gives it.
struct ServerAddress: Sendable, Equatable {
    /// `https://hookline.example/base`, without a slash at its end.
    let text: String

    /// Accepts `http://` and `https://` with a host, and a port and a path where they are needed. A bare `HOST:PORT` is
    /// taken for `http://`. Nil for anything else.
    init?(_ given: String) {
        let text = given.contains("://") ? given : "http://\(given)"
        guard let scheme = ["https://", "http://"].first(where: { text.lowercased().hasPrefix($0) }) else { return nil }
        var rest = text.dropFirst(scheme.count)
        while rest.last == "/" { rest = rest.dropLast() }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.isEmpty, authority.first != ":", rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            // A user in the address would be sent nowhere, and a query would end up in the middle.
            !rest.contains(where: { "@?#\\".contains($0) }), Self.isPortFine(authority)
        else { return nil }
        self.text = scheme + rest
    }

    private static func isPortFine(_ authority: Substring) -> Bool {
        let afterHost = authority.last == "]" ? "" : authority.split(separator: "]").last ?? ""
        guard let colon = afterHost.lastIndex(of: ":") else { return true }
        return Int(afterHost[afterHost.index(after: colon)...]).map { (1...65_535).contains($0) } ?? false
    }

    static let accepted = "an address such as http://127.0.0.1:8080 or https://hookline.example"
}
