import HooklinePrimitives
import Logging
import Testing

@testable import HooklineApp

@Suite struct ServingTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func application(_ folder: String, _ change: (inout HooklineConfiguration) -> Void = { _ in })
        -> HooklineApplication
    {
        var configuration = HooklineConfiguration()
        configuration.dataFolder = folder
        configuration.database = .inFolder(folder)
        configuration.address = ListenAddress(host: "127.0.0.1", port: 0)
        change(&configuration)
        return HooklineApplication(configuration, metricsText: { "" }, logger: logger)
    }

    /// Runs `body` while a server listens, then cancels it.
    private func whileServing(
        _ application: HooklineApplication,
        _ body: @escaping (ListenAddress) async throws -> Void
    ) async throws {
        let (addresses, continuation) = AsyncStream.makeStream(of: ListenAddress.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await application.serve { continuation.yield($0) }
            }
            var listening = addresses.makeAsyncIterator()
            if let address = await listening.next() { try await body(address) }
            group.cancelAll()
            do {
                try await group.waitForAll()
            } catch is CancellationError {
                // That is how it was stopped.
            }
        }
    }

    @Test func thePortThatTheSystemChoseIsTold() async throws {
        try await withTemporaryFolder { folder in
            try await whileServing(application(folder)) { address in
                #expect(address.port > 0)
                let permissions = try permissions("\(folder)/hookline.db.admin-key")
                #expect(permissions == 0o600)
            }
            // It can start again: nothing was left locked.
            try await whileServing(application(folder)) { #expect($0.port > 0) }
        }
    }

    @Test func aSecondServerOnTheFileIsRefused() async throws {
        try await withTemporaryFolder { folder in
            try await whileServing(application(folder)) { [self] _ in
                let error = await #expect(throws: StartError.self) { try await self.application(folder).serve() }
                #expect(error?.status == .temporary)
                #expect(error?.description.contains("served by another process") == true)
            }
        }
    }

    @Test func anAddressInUseIsAnErrorOfOneLine() async throws {
        try await withTemporaryFolder { folder in
            try await whileServing(application(folder)) { [self] address in
                let other = self.application("\(folder)/other") { $0.address = address }
                let error = await #expect(throws: StartError.self) { try await other.serve() }
                #expect(error == StartError("the address \(address) is in use", .temporary))
            }
        }
    }

    @Test func withAKeyOfTheEnvironmentNoFileIsWritten() async throws {
        try await withTemporaryFolder { folder in
            let application = application(folder) { $0.adminKey = String(repeating: "k", count: 32) }
            try await whileServing(application) { _ in
                #expect(!SmallFile.exists("\(folder)/hookline.db.admin-key"))
            }
        }
    }
}
