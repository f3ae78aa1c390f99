import AsyncHTTPClient
import HooklinePrimitives
import HooklineWebhooks
import NIOCore
import NIOHTTP1

/// Posts events to an address of the developer's machine, as a subscription would.
struct WebhookForwarder: Sendable {
    private let http: HTTPClient
    private let url: String
    private let signer: WebhookSigner
    private let headers: [HeaderArgument]

    /// How long an answer may take.
    static let timeoutSeconds: Int64 = 30
    private static let maximumAnswerBytes = 1024 * 1024

    /// What became of one post.
    struct Outcome: Sendable, Equatable {
        /// Nil where there was no answer.
        let status: Int?
        /// Why there was none.
        let problem: String?
        let took: Duration

        var isSuccess: Bool { status.map { (200..<300).contains($0) } ?? false }
    }

    /// The forwarder must be closed with ``close()``.
    init(to url: WebhookURL, signer: WebhookSigner, headers: [HeaderArgument] = []) {
        (self.url, self.signer, self.headers) = (url.text, signer, headers)
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async throws { try await http.shutdown() }

    /// Posts the event in the format `standard`, signed at this moment.
    ///
    /// - Throws: `CancellationError`; everything else is an outcome.
    func post(_ event: DeliveredEvent) async throws -> Outcome {
        let format = PayloadFormat.standard
        let body = try format.body(of: event, signedBy: signer)
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: format.contentType)
        request.headers.add(name: "user-agent", value: "hookline-listen")
        for header in signer.headers(id: event.id, timestamp: .now(), body: body).all {
            request.headers.add(name: header.name, value: header.value)
        }
        for header in headers { request.headers.replaceOrAdd(name: header.name, value: header.value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        let start = ContinuousClock.now
        do {
            let response = try await http.execute(request, timeout: .seconds(Self.timeoutSeconds))
            // Read to its end, so that the connection serves again.
            _ = try? await response.body.collect(upTo: Self.maximumAnswerBytes)
            return Outcome(status: Int(response.status.code), problem: nil, took: start.duration(to: .now))
        } catch {
            try Task.checkCancellation()
            return Outcome(status: nil, problem: "\(error)", took: start.duration(to: .now))
        }
    }
}
