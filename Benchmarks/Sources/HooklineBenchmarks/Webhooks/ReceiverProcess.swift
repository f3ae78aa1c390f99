import Foundation

/// The receiver as a process of its own, so that its CPU seconds are not those of what is measured.
final class ReceiverProcess {
    let ledger: Ledger
    private let process = Process()

    static let argument = "--receive"
    private static let startSeconds = 10.0
    private static let stopSeconds = 2.0

    var id: Int32 { process.processIdentifier }

    /// - Parameters:
    ///   - slots: the events, or the paths, whose arrivals are noted.
    ///   - isByPath: whether they are paths.
    init(folder: String, slots: Int, isByPath: Bool = false) throws {
        ledger = try Ledger("\(folder)/ledger-\(UUID().uuidString)", slots: slots)
        ledger[.isByPath] = isByPath ? 1 : 0
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [Self.argument, ledger.path]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        guard ledger.wait(seconds: Self.startSeconds, until: { ledger[.port] != 0 }) else {
            throw Failure("the receiver does not listen")
        }
    }

    deinit {
        process.end(withinSeconds: Self.stopSeconds)
        unlink(ledger.path)
    }

    var port: UInt16 { UInt16(ledger[.port]) }

    /// Each number has an address of its own, so that it is an origin of its own.
    func url(_ path: Int, isOwnOrigin: Bool = false) -> String {
        let host = isOwnOrigin ? "127.0.\(1 + path / 250).\(1 + path % 250)" : "127.0.0.1"
        return "http://\(host):\(port)/\(path)"
    }

    func goDown() {
        ledger[.isDown] = 1
        _ = ledger.wait(seconds: Self.startSeconds) { ledger[.port] == 0 }
    }

    func comeBack() {
        ledger[.isDown] = 0
        _ = ledger.wait(seconds: Self.startSeconds) { ledger[.port] != 0 }
    }
}
