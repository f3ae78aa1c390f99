import Testing

@testable import HooklineApp

@Suite struct AddressTests {
    @Test(arguments: [
        ("sqlite:a.db", DatabaseAddress.sqlite(path: "a.db")), ("sqlite:/var/a.db", .sqlite(path: "/var/a.db")),
        ("sqlite://a.db", .sqlite(path: "a.db")), ("sqlite:///var/a.db", .sqlite(path: "/var/a.db")),
        ("sqlite::memory:", .sqliteInMemory), ("SQLite:a.db", .sqlite(path: "a.db")),
        ("postgres://h/d", .postgres(url: "postgres://h/d")),
        ("postgresql://u:p@h:5/d?sslmode=require", .postgres(url: "postgresql://u:p@h:5/d?sslmode=require")),
    ])
    func databasesAreRead(_ text: String, _ address: DatabaseAddress) {
        #expect(DatabaseAddress(parsing: text) == address)
    }

    @Test(arguments: [
        "", "a.db", "sqlite:", "sqlite:/", "sqlite", "mysql://h/d", "postgres:", "postgres://", "sqlite:a\0b",
    ])
    func otherTextsAreNoDatabases(_ text: String) {
        #expect(DatabaseAddress(parsing: text) == nil)
    }

    @Test(arguments: [
        ("postgres://user:hunter2@host:5432/data?password=hunter2", "postgres://host:5432/data"),
        ("postgresql://host/data", "postgres://host/data"), ("postgres://u:hunter2@x@host/d", "postgres://host/d"),
        ("sqlite:a.db", "sqlite:a.db"), ("sqlite::memory:", "sqlite::memory:"),
    ])
    func descriptionsHaveNoPasswords(_ text: String, _ description: String) {
        #expect(DatabaseAddress(parsing: text)?.description == description)
    }

    @Test func theFileLiesInTheFolder() {
        #expect(DatabaseAddress.inFolder("a") == .sqlite(path: "a/hookline.db"))
        #expect(DatabaseAddress.inFolder("/a/") == .sqlite(path: "/a/hookline.db"))
    }

    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1", 80), ("localhost:0", "localhost", 0), (":8080", "0.0.0.0", 8080),
        ("9", "127.0.0.1", 9), ("[::1]:65535", "::1", 65_535), ("a-b.example:1", "a-b.example", 1),
    ])
    func listenAddressesAreRead(_ text: String, _ host: String, _ port: Int) {
        #expect(ListenAddress(parsing: text) == ListenAddress(host: host, port: port))
    }

    @Test(arguments: [
        "", ":", "a", "a:", "a:65536", "a:-1", "a:+1", "::1:80", "[]:80", "[::1]", "http://a:80", "a b:1", "99999",
        "a:1x",
    ])
    func otherTextsAreNoListenAddresses(_ text: String) {
        #expect(ListenAddress(parsing: text) == nil)
    }

    @Test func anAddressOfVersion6IsBracketed() {
        #expect(ListenAddress(host: "::1", port: 1).description == "[::1]:1")
        #expect(ListenAddress(host: "a", port: 1).description == "a:1")
    }

    @Test(arguments: [("0s", 0), ("45s", 45_000), ("30m", 1_800_000), ("12h", 43_200_000), ("7d", 604_800_000)])
    func timeSpansAreRead(_ text: String, _ milliseconds: Int64) {
        #expect(TimeSpan.milliseconds(text) == milliseconds)
    }

    @Test(arguments: ["", "s", "5", "-5s", "1.5h", "5 s", "5w", "9223372036854775807d"])
    func otherTextsAreNoTimeSpans(_ text: String) {
        #expect(TimeSpan.milliseconds(text) == nil)
    }

    @Test(arguments: ["*", "https://a.example", "http://localhost:3000", "https://[::1]:8443"])
    func originsAreAccepted(_ text: String) { #expect(WebOrigin.isAccepted(text)) }

    @Test(arguments: ["", "a.example", "https://", "https://a/", "https://A.example", "ftp://a", "null", "https://a?b"])
    func otherTextsAreNoOrigins(_ text: String) { #expect(!WebOrigin.isAccepted(text)) }
}
