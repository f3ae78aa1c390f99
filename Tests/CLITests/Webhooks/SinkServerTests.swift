import AsyncHTTPClient
import Foundation
import HooklinePrimitives
import HooklineWebhooks
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import HooklineCLI

/// The sink on a free port, and a real client.
@Suite struct SinkServerTests {
    private let secret = SigningSecret.generate()

    private final class Requests: Sendable {
        let all = Mutex<[SinkRequest]>([])
    }

    private func withSink(
        _ script: SinkScript,
        maximum: Int? = nil,
        headers: [(name: String, value: String)] = [],
        _ body: (_ url: String, _ sink: WebhookSink, _ requests: Requests) async throws -> Void
    ) async throws {
        let requests = Requests()
        let verifier = try WebhookVerifier(secrets: [secret.text])
        let sink = WebhookSink(script, verifier: verifier, maximumRequests: maximum) { request in
            requests.all.withLock { $0.append(request) }
        }
        let server = try await SinkServer(sink, SinkResponder(script, headers: headers), host: "127.0.0.1", port: 0)
        do {
            try await body("http://127.0.0.1:\(server.port)/hook?a=b", sink, requests)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func post(
        _ url: String,
        id: String? = "msg_1",
        body: String = #"{"type":"a","data":1}"#,
        signs: Bool = true
    ) async throws -> (status: Int, headers: HTTPHeaders, body: String) {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.body = .bytes(ByteBuffer(string: body))
        if let id {
            let signer = try WebhookSigner(secrets: [secret])
            for header in signer.headers(id: Identifier(unchecked: id), timestamp: .now(), body: Array(body.utf8)).all
            where signs || header.name == SignatureHeaders.idName {
                request.headers.add(name: header.name, value: header.value)
            }
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
        return (Int(response.status.code), response.headers, text)
    }

    @Test func answersInTurnAndChecksSignatures() async throws {
        let script = SinkScript(.status(500), .status(429), .status(204))
        try await withSink(script, headers: [("retry-after", "7")]) { url, sink, requests in
            for status in [500, 429, 204, 204] {
                let answer = try await post(url)
                #expect(answer.status == status && answer.headers["retry-after"] == ["7"])
                #expect(answer.headers["content-length"] == (status == 204 ? [] : ["0"]))
            }
            #expect(try await post(url, id: "msg_2", signs: false).status == 500)
            #expect(try await post(url, id: nil).status == 500)
            let all = requests.all.withLock { $0 }
            #expect(all.map(\.visit.attempt) == [1, 2, 3, 4, 1, 1])
            #expect(all.map(\.visit.isDuplicate) == [false, false, false, true, false, false])
            #expect(all.prefix(4).allSatisfy { $0.verification == .verified && $0.type == "a" })
            #expect(all[4].json["verified"] == false && all[5].json["id"] == .null)
            #expect(all[3].line(Style(isOn: false)).hasSuffix("msg_1  a  attempt 4  verified  204  DUPLICATE"))
            #expect(all[0].record["path"] == "/hook?a=b" && all[0].record["body"] == #"{"type":"a","data":1}"#)
            #expect(sink.tally.requests == 6 && sink.tally.verified == 4 && sink.tally.duplicates == 1)
        }
    }

    @Test func answersVerifications() async throws {
        try await withSink(SinkScript(.status(500), .status(204))) { url, _, _ in
            let body = #"{"type":"webhook.verification","data":{"challenge":"0a1b"}}"#
            let answer = try await post(url, body: body)
            #expect(answer.status == 200 && answer.body == #"{"challenge":"0a1b"}"#)
        }
    }

    @Test(arguments: [SinkFault.reset, .badChunking])
    func misbehaves(_ fault: SinkFault) async throws {
        try await withSink(SinkScript(.fault(fault), .status(204))) { url, sink, _ in
            await #expect(throws: (any Error).self) { try await post(url) }
            let second = try await post(url)
            #expect(second.status == 204)
            #expect(sink.tally.answers == [.fault(fault): 1, .status(204): 1])
        }
    }

    @Test func dripsForEver() async throws {
        try await withSink(SinkScript(.fault(.drip))) { url, _, _ in
            let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(20))
            #expect(response.status == .ok && response.headers["content-length"] == ["1000000"])
        }
    }

    @Test func endsAfterTheLastRequest() async throws {
        try await withSink(SinkScript(.status(204)), maximum: 2) { url, sink, _ in
            _ = try await post(url)
            _ = try await post(url, id: "msg_2")
            for await _ in sink.isDone {}
            await #expect(throws: (any Error).self) { try await post(url) }
            #expect(sink.tally.requests == 2)
        }
    }

    @Test func recordsWhatCame() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("hookline-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let recorder = try SinkRecorder(path)
        #expect(recorder.add(Array("one".utf8)) == nil && recorder.add(Array("two".utf8)) == nil)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\ntwo\n")
        #expect(throws: ClientError.self) { try SinkRecorder("/no/such/folder/file") }
        // A device that is full.
        let full = try SinkRecorder("/dev/full")
        #expect(full.add([1])?.hasPrefix("/dev/full cannot be written: ") == true)
        #expect(full.add([1]) == nil, "it is said once")
    }

    @Test func saysWhatKeepsItFromListening() async throws {
        try await withSink(SinkScript(.status(204))) { url, sink, _ in
            let port = try #require(URL(string: url)?.port)
            let script = SinkScript(.status(204))
            await #expect(throws: ClientError.self) {
                _ = try await SinkServer(sink, SinkResponder(script), host: "127.0.0.1", port: port)
            }
        }
    }
}
