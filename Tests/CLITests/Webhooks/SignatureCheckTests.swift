import ArgumentParser
import Foundation
import HooklinePrimitives
import HooklineWebhooks
import Testing

@testable import HooklineCLI

/// Signatures are those of Python 3.11.7's `hmac`, after the specification of Standard Webhooks.
@Suite struct SignatureCheckTests {
    private let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    private let body = #"{"type":"video.created","timestamp":"2026-01-28T10:00:00.000Z","data":{"video_id":"v1"}}"#
    private let signature = "v1,fELV/jsR2SZ3AIrPzECZ76pnt9cj1bwek6Z5aWe2O3I="
    private let envelope =
        #"{"payload":{"video_id":"v1"},"signature":"2f7684577d6f3c138f300c105164ec86d77d003108ff0bfec306af7860e1df7f","#
        + #""timestamp":"2026-01-28T10:00:00.000Z"}"#
    private let signedAt = Timestamp(milliseconds: 1_769_594_400_000)

    private func check(_ secrets: [String], _ body: String, secondsLater: Int64 = 10) throws -> SignatureCheck {
        SignatureCheck(
            verifiers: try secrets.map { try WebhookVerifier(secrets: [$0]) },
            body: Array(body.utf8),
            now: signedAt.advanced(byMilliseconds: secondsLater * 1000)
        )
    }

    private var headers: [(name: String, value: String)] {
        [("Webhook-Id", "msg_1"), ("webhook-timestamp", "1769594400"), ("webhook-signature", signature)]
    }

    @Test func tellsWhichSecretMatches() throws {
        let one = try check([secret], body).headers(headers, toleranceMilliseconds: 300_000)
        #expect(one.text == "Verified: the signature of msg_1, made at 2026-01-28T10:00:00.000Z (10.0 s ago).")
        let two = try check([other, secret], body).headers(headers, toleranceMilliseconds: 300_000)
        #expect(two.isVerified && two.text.hasSuffix(", with secret 2 of 2."))
        let json: JSON = [
            "verified": true, "secret": 2, "id": "msg_1", "timestamp": "2026-01-28T10:00:00.000Z",
        ]
        #expect(two.json == json)
    }

    @Test func tellsWhatIsWrong() throws {
        let changed = try check([secret, other], body + " ").headers(headers, toleranceMilliseconds: nil)
        #expect(changed.text == "Not verified: no signature matches the body and the secrets.")
        #expect(changed.json["verified"] == false)
        let missing = try check([secret], body).headers(Array(headers.dropLast()), toleranceMilliseconds: nil)
        #expect(missing.text == "Not verified: no webhook-signature among the headers.")
    }

    @Test func toleratesAsMuchAsIsSaid() throws {
        let late = try check([secret], body, secondsLater: 301)
        #expect(!late.headers(headers, toleranceMilliseconds: 300_000).isVerified)
        #expect(late.headers(headers, toleranceMilliseconds: 302_000).isVerified)
        #expect(
            try check([secret], body, secondsLater: 9_999_999).headers(headers, toleranceMilliseconds: nil).isVerified
        )
        let early = try check([secret], body, secondsLater: -60).headers(headers, toleranceMilliseconds: 300_000)
        #expect(early.text.contains("(1 min 0 s ahead)"))
        let old = try check([secret], body, secondsLater: 63_769_200).headers(headers, toleranceMilliseconds: nil)
        #expect(old.text.contains("(2.0 years ago)"))
    }

    @Test func checksEnvelopes() throws {
        #expect(try check([other, secret], envelope).envelope().text.hasSuffix("17 bytes, with secret 2 of 2."))
        #expect(try check([secret], body).envelope().text.hasPrefix("Not verified: the body is no envelope"))
    }

    @Test func readsHeaders() throws {
        let text = "POST /hook HTTP/1.1\r\nHost: a:80\r\nwebhook-id:  msg_1 \r\n\r\nx:\r\n"
        let headers = try HeaderFile.parse(Array(text.utf8), name: "f")
        #expect(headers.map { "\($0.name)=\($0.value)" } == ["Host=a:80", "webhook-id=msg_1", "x="])
        #expect(throws: ClientError.unusable("f, line 2: is no header; accepted is 'name: value'")) {
            try HeaderFile.parse(Array("a: b\nc d: e".utf8), name: "f")
        }
    }

    @Test func runsFromFiles() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hookline-cli-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (bodyPath, headerPath) = ("\(folder.path)/body", "\(folder.path)/headers")
        try body.write(toFile: bodyPath, atomically: true, encoding: .utf8)
        try headers.map { "\($0.name): \($0.value)\r\n" }.joined()
            .write(toFile: headerPath, atomically: true, encoding: .utf8)
        let words = ["webhooks", "verify", "--secret", secret, "--headers", headerPath, bodyPath]

        let good = RecordingConsole()
        let command = try #require(
            try Hookline.parseAsRoot(words + ["--tolerance", "none"]) as? VerifySignatureCommand
        )
        try await command.run(good.console)
        #expect(good.output.hasPrefix("Verified: the signature of msg_1, "))

        let bad = RecordingConsole()
        let strict = try #require(try Hookline.parseAsRoot(words) as? VerifySignatureCommand)
        await #expect(throws: ExitCode.failure) { try await strict.run(bad.console) }
        #expect(bad.output.isEmpty && bad.errors.hasPrefix("Not verified: the attempt was made at 2026-01-28"))
    }

    /// The help shows defaults as one would type them.
    @Test func describesLengthsOfTime() throws {
        for text in ["5m", "200ms", "90s", "36h", "7d", "none"] {
            #expect(try #require(ToleranceArgument(argument: text)).description == text)
        }
        #expect(TimeSpanArgument(milliseconds: 172_800_000).description == "2d")
        #expect(TimeSpanArgument.zero.description == "0s")
        #expect(VerifySignatureCommand.helpMessage(columns: 200).contains("(default: 5m)"))
        #expect(WebhookSinkCommand.helpMessage(columns: 200).contains("(default: 0s)"))
    }

    @Test func makesKeyFiles() async throws {
        let console = RecordingConsole()
        try await GenerateKeyFileCommand().run(console.console)
        #expect(try EncryptionKeyRing(fileText: console.output).keyIDs.count == 1)
    }
}
