import HooklineStorage
import NIOCore
import Testing

@testable import HooklineApp

@Suite struct StartErrorTests {
    @Test(arguments: [
        (StorageError.busy(code: "5"), StartError.ExitStatus.temporary), (.conflict(code: "40001"), .temporary),
        (.full(code: "13"), .temporary), (.unavailable(code: "08006", message: "no\nroute"), .unavailable),
        (.newerSchema(oldestAllowed: 9, supported: 3), .badData), (.corrupt(code: "11", message: "x"), .badData),
        (.readOnly(code: "8"), .cannotCreate), (.invalidAddress(problem: "x"), .configuration),
        (.failed(code: "1", message: "x"), .software),
    ])
    func storageErrorsAreOneLine(_ error: StorageError, _ status: StartError.ExitStatus) {
        let failure = StartError(error, database: .postgres(url: "postgres://u:hunter2@h/d"))
        #expect(failure.status == status)
        #expect(failure.description.hasPrefix("the database postgres://h/d "))
        #expect(!failure.description.contains("\n"))
        #expect(!failure.description.contains("hunter2"))
    }

    @Test func anAddressInUseIsNamed() {
        let error = IOError(errnoCode: 98, reason: "bind")
        let failure = StartError(error, listeningOn: ListenAddress(host: "127.0.0.1", port: 80))
        #expect(failure == StartError("the address 127.0.0.1:80 is in use", .temporary))
    }
}
