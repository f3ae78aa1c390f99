import HTTPTypes
import HooklinePrimitives
import HooklineServer
import Logging
import Testing

@testable import HooklineApp

@Suite struct EmbeddedHooklineTests {
    private func configuration(_ database: DatabaseAddress, _ folder: String) -> HooklineConfiguration {
        var configuration = HooklineConfiguration()
        configuration.database = database
        configuration.dataFolder = folder
        return configuration
    }

    @Test func requestsAreAnsweredInTheProcess() async throws {
        try await withTemporaryFolder { folder in
            let address = DatabaseAddress.inFolder("\(folder)/data")
            let made: JSON
            do {
                let hookline = try await EmbeddedHookline(configuration(address, "\(folder)/data"))
                let answer = try await hookline.send(
                    .post,
                    "/v1/keys",
                    headers: [.contentType: "application/json"],
                    body: Array(#"{"name": "a", "scope": "read"}"#.utf8)
                )
                #expect(answer.status == .created)
                made = try JSON.parse(answer.body)
                try await hookline.close()
            }
            #expect(try permissions("\(folder)/data") == 0o700)
            // What one process stored the next one finds.
            let again = try await EmbeddedHookline(configuration(address, "\(folder)/data"))
            let listed = try JSON.parse(try await again.send(.get, "/v1/keys").body)
            #expect(listed["items"]?[0]?["id"] == made["id"])
            let unknown = try await again.send(.get, "/nothing")
            #expect(unknown.status == .notFound)
            try await again.close()
        }
    }

    @Test func aFolderThatIsMissingIsAnErrorOfOneLine() async throws {
        let address = DatabaseAddress.sqlite(path: "/nonexistent/folder/a.db")
        let error = await #expect(throws: StartError.self) {
            try await EmbeddedHookline(configuration(address, "/nonexistent"))
        }
        #expect(error?.description.contains("\n") == false)
    }
}
