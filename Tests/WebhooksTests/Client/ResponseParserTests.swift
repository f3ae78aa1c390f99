import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HooklineWebhooks

struct ResponseParserTests {
    private struct Parsed: Equatable {
        var progress: ResponseParser.Progress
        var status: Int
        var body: String
        var isReusable: Bool
    }

    private func parse(_ pieces: [ArraySlice<UInt8>], _ request: ResponseParser.Request = .post, ends: Bool = false)
        -> Parsed
    {
        var parser = ResponseParser(request)
        var progress = ResponseParser.Progress.needsMore
        for piece in pieces where progress == .needsMore { progress = piece.withUnsafeBytes { parser.read($0) } }
        if ends, progress == .needsMore { progress = parser.end() }
        return Parsed(
            progress: progress,
            status: parser.status,
            body: String(decoding: parser.body, as: UTF8.self),
            isReusable: parser.isReusable
        )
    }

    private func parse(_ text: String, ends: Bool = false) -> Parsed { parse([Array(text.utf8)[...]], ends: ends) }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true),
        ("HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello", 200, "hello", true),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, "", true),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", 304, "", true),
        ("HTTP/1.1 500 \r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", 500, "", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, close\r\n\r\n", 200, "", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 200, "a", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: Keep-Alive\r\n\r\na", 200, "a", true),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\n\r\n", 200,
            "abcde", true
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\nZ: w\r\n\r\n", 200, "a",
            true
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0A\r\n0123456789\r\n00\r\n\r\n",
            200, "0123456789", false
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n",
            202, "", true
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nab", 200, "ab", true),
        ("HTTP/1.1 200 OK\nContent-Length: 2\n\nab", 200, "ab", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\n", 200, "ab", false),
        ("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n", 302, "", true),
    ])
    func readsAnswersInOnePieceAndInMany(text: String, status: Int, body: String, isReusable: Bool) {
        let expected = Parsed(progress: .complete, status: status, body: body, isReusable: isReusable)
        #expect(parse(text) == expected)
        let bytes = Array(text.utf8)
        for cut in 1..<bytes.count {
            let parsed = parse([bytes[..<cut], bytes[cut...]])
            // What follows the end is only seen where it comes with it.
            #expect(parsed.progress == .complete && parsed.status == status && parsed.body == body, "cut at \(cut)")
        }
        let single = parse(bytes.indices.map { bytes[$0...$0] })
        #expect(single.progress == .complete && single.status == status && single.body == body)
    }

    @Test func readsUntilTheConnectionEndsWhereNothingSaysMore() {
        let text = "HTTP/1.1 200 OK\r\n\r\nall of it"
        #expect(parse(text) == Parsed(progress: .needsMore, status: 200, body: "all of it", isReusable: false))
        #expect(
            parse(text, ends: true) == Parsed(progress: .complete, status: 200, body: "all of it", isReusable: false)
        )
        let coded = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nzip"
        #expect(parse(coded, ends: true).body == "zip")
    }

    @Test(arguments: [
        ("", "the connection was closed before the response"),
        ("HTTP/1.1 20", "the connection was closed in the middle of the response's head"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
            "the connection was closed in the middle of the response's body"
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
            "the connection was closed in the middle of the response's body"
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n", "the response does not start with a status line of HTTP/1.1"),
        ("HTTP/2.0 200 OK\r\n\r\n", "the response does not start with a status line of HTTP/1.1"),
        ("HTTP/1.1 2000 OK\r\n\r\n", "the response does not start with a status line of HTTP/1.1"),
        ("HTTP/1.1 2x0 OK\r\n\r\n", "the response's status is no number"),
        ("HTTP/1.1 099 OK\r\n\r\n", "the response's status is 99; accepted are 100 to 599"),
        ("HTTP/1.1 600 OK\r\n\r\n", "the response's status is 600; accepted are 100 to 599"),
        (
            "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n",
            "the response switches protocols, which was not asked for"
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "the response has two different Content-Lengths"
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n", "the response's Content-Length is no number"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n",
            "the response's Content-Length is no number"
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", "the response's Content-Length is no number"),
        ("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "a header of the response has no name"),
        ("HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n", "a header of the response has an invalid name"),
        ("HTTP/1.1 200 OK\r\n: 5\r\n\r\n", "a header of the response has no name"),
        ("HTTP/1.1 200 OK\r\nA: b\u{0}c\r\n\r\n", "a header of the response has a control character"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "a chunk of the response has no valid size"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "a chunk of the response has no valid size"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "a chunk of the response has no valid size"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\n", "a chunk of the response has no valid size"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1234567890123456\r\n",
            "a chunk of the response has no valid size"
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
            "a chunk of the response does not end where its size says"
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\nC: d\r\n\r\n",
            "a trailer of the response does not end with CR LF"
        ),
        (String(repeating: "HTTP/1.1 100 C\r\n\r\n", count: 9), "more than 8 interim responses came"),
        (
            "HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 101) + "\r\n",
            "the response's head has more than 100 fields"
        ),
        (
            "HTTP/1.1 200 OK\r\na: " + String(repeating: "b", count: 16_384) + "\r\n\r\n",
            "the response's head is larger than 16384 bytes"
        ),
        (
            "HTTP/1.1 200 OK\r\na: " + String(repeating: "b", count: 20_000),
            "the response's head is larger than 16384 bytes"
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + String(repeating: "x", count: 1024),
            "a chunk's extension is too large"
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\na: " + String(repeating: "x", count: 8192),
            "the response's trailers are too large"
        ),
    ])
    func saysWhatIsWrong(text: String, problem: String) {
        #expect(parse(text, ends: true).progress == .violation(problem))
        let bytes = Array(text.utf8)
        #expect(parse(bytes.indices.map { bytes[$0...$0] }, ends: true).progress == .violation(problem))
    }

    @Test func keepsTheBeginningOfALongBody() {
        var parser = ResponseParser()
        let body = [UInt8](repeating: 0x61, count: 20_000)
        let head = Array("HTTP/1.1 200 OK\r\ncontent-length: 20000\r\nretry-after: 120\r\n\r\n".utf8)
        let progress = (head + body).withUnsafeBytes { parser.read($0) }
        #expect(progress == .complete)
        #expect(parser.body.count == ResponseParser.maximumKeptBytes)
        #expect(parser.isTruncated)
        #expect(parser.isReusable)
        #expect(parser.retryAfter == "120")
    }

    @Test(arguments: [
        "content-length: 300000", "transfer-encoding: chunked", "x: y",
    ])
    func stopsReadingABodyThatDoesNotEnd(framing: String) {
        var parser = ResponseParser()
        var progress = Array("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n".utf8).withUnsafeBytes { parser.read($0) }
        let piece = Array(
            framing.hasSuffix("chunked")
                ? "400\r\n\(String(repeating: "a", count: 1024))\r\n".utf8 : String(repeating: "a", count: 1024).utf8
        )
        var read = 0
        while progress == .needsMore, read < 1_000_000 {
            progress = piece.withUnsafeBytes { parser.read($0) }
            read += piece.count
        }
        #expect(progress == .complete)
        #expect(parser.isTruncated)
        #expect(!parser.isReusable)
        #expect(parser.status == 200)
        #expect(read <= ResponseParser.maximumBodyBytes + piece.count)
    }

    @Test func anAnswerToConnectHasNoBody() {
        var parser = ResponseParser(.connect)
        let text = "HTTP/1.0 200 Connection established\r\nContent-Length: 7\r\n\r\n"
        #expect(Array(text.utf8).withUnsafeBytes { parser.read($0) } == .complete)
        #expect(!parser.hasExcess)
        var refused = ResponseParser(.connect)
        #expect(
            Array("HTTP/1.1 407 P\r\nContent-Length: 1\r\n\r\n".utf8).withUnsafeBytes { refused.read($0) } == .needsMore
        )
    }

    /// The same bytes for the parser of SwiftNIO 2.101 (llhttp), in random pieces: the same status and body.
    @Test func agreesWithAnotherParser() throws {
        var generator = SeededSequence(state: 11)
        for _ in 0..<300 {
            let (text, isChunked) = Self.randomAnswer(&generator)
            let bytes = Array(text.utf8)
            var pieces: [ArraySlice<UInt8>] = []
            var start = 0
            while start < bytes.count {
                let end = min(start + Int.random(in: 1...40, using: &generator), bytes.count)
                pieces.append(bytes[start..<end])
                start = end
            }
            let ours = parse(pieces)
            let theirs = try Self.oracle(pieces)
            #expect(ours.progress == .complete, "\(text)")
            #expect(ours.status == theirs.status && ours.body == theirs.body, "chunked \(isChunked): \(text)")
        }
    }

    private static func randomAnswer(_ generator: inout SeededSequence) -> (String, Bool) {
        let status =
            [200, 201, 202, 204, 301, 304, 400, 404, 410, 429, 500, 503].randomElement(using: &generator) ?? 200
        let isChunked = Bool.random(using: &generator)
        var text = Bool.random(using: &generator) ? "HTTP/1.1 100 Continue\r\n\r\n" : ""
        text += "HTTP/1.1 \(status) Reason\r\n"
        for index in 0..<Int.random(in: 0...5, using: &generator) { text += "X-\(index):  value \(index) \r\n" }
        let body = String(
            (0..<Int.random(in: 0...200, using: &generator)).map { _ in
                "abc\r\n0; ".randomElement(using: &generator) ?? "a"
            }
        )
        if status == 204 || status == 304 { return (text + "\r\n", false) }
        guard isChunked else { return (text + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)", false) }
        text += "Transfer-Encoding: chunked\r\n\r\n"
        var rest = Array(body.utf8)[...]
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...60, using: &generator))
            rest = rest.dropFirst(part.count)
            text += String(part.count, radix: 16, uppercase: Bool.random(using: &generator))
            text +=
                (Bool.random(using: &generator) ? ";a=b" : "") + "\r\n" + String(decoding: part, as: UTF8.self) + "\r\n"
        }
        return (text + "0\r\n" + (Bool.random(using: &generator) ? "T: u\r\n" : "") + "\r\n", true)
    }

    private static func oracle(_ pieces: [ArraySlice<UInt8>]) throws -> (status: Int, body: String) {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(
            ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes))
        )
        try channel.writeOutbound(
            HTTPClientRequestPart.head(HTTPRequestHead(version: .http1_1, method: .POST, uri: "/"))
        )
        var status = 0
        var body = ""
        for piece in pieces {
            try channel.writeInbound(ByteBuffer(bytes: piece))
            while let part = try channel.readInbound(as: HTTPClientResponsePart.self) {
                switch part {
                case .head(let head): status = Int(head.status.code)
                case .body(let buffer): body += String(buffer: buffer)
                case .end: break
                }
            }
        }
        _ = try? channel.finish()
        return (status, body)
    }
}
