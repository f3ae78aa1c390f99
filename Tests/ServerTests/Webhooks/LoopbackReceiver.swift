import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization

/// A receiver of webhooks on this machine, which answers as it is told and keeps what it got.
final class LoopbackReceiver: Sendable {
    struct Received: Sendable {
        let headers: HTTPFields
        let body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let requests = Mutex<[Received]>([])
    private let answer: @Sendable (Received) -> Response

    private init(answer: @escaping @Sendable (Received) -> Response) {
        self.answer = answer
    }

    var received: [Received] { requests.withLock { $0 } }

    /// Runs `body` with a receiver and its URL.
    static func run(
        answer: @escaping @Sendable (Received) -> Response = { _ in Response(status: .ok) },
        _ body: @escaping @Sendable (LoopbackReceiver, String) async throws -> Void
    ) async throws {
        let receiver = LoopbackReceiver(answer: answer)
        let router = Router()
        router.post("/hook") { request, _ in
            let bytes = try await request.body.collect(upTo: 1 << 20)
            let received = Received(headers: request.headers, body: Array(bytes.readableBytesView))
            receiver.requests.withLock { $0.append(received) }
            return receiver.answer(received)
        }
        let logger = Logger(label: "receiver", factory: { _ in SwiftLogNoOpLogHandler() })
        try await Application(responder: router.buildResponder(), logger: logger).test(.live) { client in
            try await body(receiver, "http://127.0.0.1:\(client.port ?? 0)/hook")
        }
    }
}
