import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HooklineWebhooks

private typealias Answer = ScriptedReceiver.Answer

/// Exchanges with real sockets on the loopback interface.
struct WebhookClientTests {
    /// Runs with a receiver and a client, and ends both.
    private func withReceiver(
        _ script: [Answer],
        _ body: (ScriptedReceiver, WebhookClient, WebhookURL) async throws -> Void
    ) async throws {
        let receiver = try await ScriptedReceiver(script)
        let client = try WebhookClient.local()
        try await body(receiver, client, receiver.url())
        await client.shutdown()
        await receiver.stop()
        #expect(client.pool.withLock { $0.openCount } == 0)
    }

    @Test func sendsWhatWasAskedFor() async throws {
        try await withReceiver([.ok]) { receiver, client, url in
            let headers = [("content-type", "application/json"), ("webhook-id", "msg_1"), ("X-Custom", "a b")]
            let outcome = await client.post(try receiver.url("/in?x=%20"), headers: headers, body: #"{"a":1}"#)
            #expect(outcome.response == .init(status: 200, retryAfter: nil, body: Array("ok".utf8), isTruncated: false))
            #expect(outcome.address == "127.0.0.1")
            #expect(!outcome.timings.reused)
            #expect(outcome.timings.total >= outcome.timings.connect + outcome.timings.firstByte)
            #expect(
                receiver.seen.requests == [
                    "POST /in?x=%20 HTTP/1.1\r\nhost: 127.0.0.1:\(receiver.port)\r\ncontent-type: application/json\r\n"
                        + "webhook-id: msg_1\r\nX-Custom: a b\r\nuser-agent: Hookline/1.2.3\r\naccept: */*\r\n"
                        + "content-length: 7\r\n\r\n{\"a\":1}"
                ]
            )
        }
    }

    @Test func aHeaderReplacesTheClientsOwn() async throws {
        try await withReceiver([.ok]) { receiver, client, url in
            _ = await client.post(url, headers: [("User-Agent", "Studio"), ("accept", "text/plain")])
            let request = try #require(receiver.seen.requests.first)
            #expect(request.contains("User-Agent: Studio\r\naccept: text/plain\r\ncontent-length"))
            #expect(!request.contains("Hookline"))
        }
    }

    @Test func usesAConnectionAgain() async throws {
        try await withReceiver([.ok]) { receiver, client, url in
            for number in 0..<20 {
                let outcome = await client.post(url)
                #expect(outcome.response?.status == 200)
                #expect(outcome.timings.reused == (number > 0))
            }
            #expect(receiver.seen.connections == 1)
            #expect(receiver.seen.requests.count == 20)
        }
    }

    @Test func bodiesOfAllSizesArrive() async throws {
        try await withReceiver([.ok]) { receiver, client, url in
            for size in [0, 1, 16_384, 16_385, 1_000_000] {
                let body = String(repeating: "x", count: size)
                #expect(await client.post(url, body: body).response?.status == 200)
                #expect(receiver.seen.requests.last?.hasSuffix("\r\n\r\n" + body) == true)
            }
            #expect(receiver.seen.connections == 1)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ])
    func closesWhereTheConnectionCannotBeKept(answer: String) async throws {
        try await withReceiver([Answer(answer)]) { receiver, client, url in
            for _ in 0..<3 { #expect(await client.post(url).response?.status == 200) }
            #expect(receiver.seen.connections == 3)
        }
    }

    @Test func readsChunksInterimAnswersAndTheEndOfTheConnection() async throws {
        let script = [
            Answer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "3\r\nabc\r\n", "2\r\nde\r\n0\r\n\r\n"),
            Answer(
                "HTTP/1.1 100 Continue\r\n\r\n",
                "HTTP/1.1 103 Early Hints\r\n\r\n",
                "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n"
            ),
            Answer("HTTP/1.1 429 Slow\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\ncontent-length: 0\r\n\r\n"),
            Answer("HTTP/1.1 200 OK\r\n\r\nuntil the end", end: .close),
        ]
        try await withReceiver(script) { receiver, client, url in
            #expect(await client.post(url).response?.body == Array("abcde".utf8))
            #expect(await client.post(url).response?.status == 201)
            #expect(await client.post(url).response?.retryAfter == "Wed, 21 Oct 2026 07:28:00 GMT")
            #expect(await client.post(url).response?.body == Array("until the end".utf8))
            #expect(receiver.seen.connections == 1)
        }
    }

    @Test func redirectsAreAnswers() async throws {
        let redirect = Answer("HTTP/1.1 307 Go\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\r\n")
        try await withReceiver([redirect]) { receiver, client, url in
            #expect(await client.post(url).response?.status == 307)
            #expect(receiver.seen.requests.count == 1)
        }
    }

    @Test(
        arguments: [
            (
                Answer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"), FailureKind.protocol,
                "a chunk of the response has no valid size"
            ),
            (
                Answer("HTTP/1.1 101 Switch\r\n\r\n"), .protocol,
                "the response switches protocols, which was not asked for"
            ),
            (
                Answer("HTTP/1.1 200 OK\r\na: " + String(repeating: "b", count: 20_000)), .protocol,
                "the response's head is larger than 16384 bytes"
            ),
            (
                Answer("220 mail.example ESMTP\r\n\r\n"), .protocol,
                "the response does not start with a status line of HTTP/1.1"
            ),
            (Answer(end: .close), .reset, "the connection was closed before the response"),
            (Answer(end: .reset), .reset, "the connection was closed before the response"),
            (
                Answer("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe", end: .close), .reset,
                "the connection was closed in the middle of the response's body"
            ),
            (
                Answer("HTTP/1.1 200", end: .close), .reset,
                "the connection was closed in the middle of the response's head"
            ),
        ] as [(Answer, FailureKind, String)]
    )
    fileprivate func saysWhyThereIsNoAnswer(answer: Answer, kind: FailureKind, message: String) async throws {
        try await withReceiver([answer]) { receiver, client, url in
            let failure = await client.post(url).failure
            #expect(failure == ExchangeFailure(kind: kind, message: message))
            // Sent once: nobody knows what the receiver did with it.
            #expect(receiver.seen.requests.count == 1)
        }
    }

    @Test(arguments: [
        (Answer(), "no response within 200 ms"),
        (Answer("HTTP/1.1 200 OK\r\n", end: .drip("a: b\r\n")), "no response within 200 ms"),
        (
            Answer("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", end: .drip("x")),
            "the response (status 200) did not end within 200 ms"
        ),
        (
            Answer("HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n", end: .drip("1\r\nx\r\n")),
            "the response (status 500) did not end within 200 ms"
        ),
    ])
    fileprivate func theDeadlineEndsEveryPhase(answer: Answer, message: String) async throws {
        try await withReceiver([answer]) { receiver, client, url in
            let outcome = await client.post(url, deadline: .milliseconds(200))
            #expect(outcome.failure == ExchangeFailure(kind: .timeout, message: message))
            #expect((200_000..<60_000_000).contains(outcome.timings.total))
        }
    }

    @Test func aShortDeadlineOnAKeptConnectionCounts() async throws {
        try await withReceiver([.ok, Answer()]) { receiver, client, url in
            #expect(await client.post(url, deadline: .seconds(60)).response?.status == 200)
            let outcome = await client.post(url, deadline: .milliseconds(100))
            #expect(outcome.failure?.kind == .timeout)
            #expect(outcome.timings.reused)
        }
    }

    @Test func keepsTheBeginningOfAHugeBodyAndTheStatusDecides() async throws {
        let endless = Answer("HTTP/1.1 200 OK\r\n\r\n", end: .drip(String(repeating: "x", count: 60_000)))
        let long = Answer("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n" + String(repeating: "y", count: 100_000))
        try await withReceiver([long, endless, .ok]) { receiver, client, url in
            for _ in 0..<2 {
                let response = try #require(await client.post(url).response)
                #expect(response.status == 200)
                #expect(response.body.count == 16_384)
                #expect(response.isTruncated)
            }
            // The first ended where it said, so the second used its connection; the endless one cost it.
            #expect(receiver.seen.connections == 1)
            #expect(await client.post(url).response?.status == 200)
            #expect(receiver.seen.connections == 2)
        }
    }

    @Test func anAnswerBeforeTheEndOfTheRequestEndsTheConnection() async throws {
        // A raw listener that answers at the first byte, and reads no more.
        let early = try await ServerBootstrap(group: ScriptedReceiver.group)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    channel.writeAndFlush(
                        ByteBuffer(string: "HTTP/1.1 413 Large\r\ncontent-length: 0\r\n\r\n"),
                        promise: nil
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let client = try WebhookClient.local()
        let url = try WebhookURL("http://127.0.0.1:\(early.localAddress?.port ?? 0)/")
        for _ in 0..<2 {
            let outcome = await client.post(url, body: String(repeating: "x", count: 20_000_000))
            #expect(outcome.response?.status == 413)
            #expect(!outcome.timings.reused)
        }
        await client.shutdown()
        try await early.close()
    }

    @Test func aConnectionThatClosedWhileIdleCostsNothing() async throws {
        try await withReceiver([Answer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", end: .close)]) {
            receiver,
            client,
            url in
            // The close arrives before, with or after the next request; it must never be lost without a word.
            for _ in 0..<50 {
                let outcome = await client.post(url)
                #expect(outcome.response?.status == 200 || outcome.failure?.kind == .reset)
            }
        }
    }

    @Test func sameOriginMeansSchemeHostAndPort() async throws {
        try await withReceiver([.ok]) { receiver, client, url in
            let named = try receiver.url(host: "receiver.test")
            #expect(await client.post(named).timings.reused == false)
            #expect(await client.post(url).timings.reused == false)
            #expect(await client.post(named).timings.reused == true)
            #expect(receiver.seen.connections == 2)
            #expect(receiver.seen.requests.last?.contains("host: receiver.test:\(receiver.port)\r\n") == true)
        }
    }

    @Test func manyRequestsAtOnceEachHaveOneAnswer() async throws {
        try await withReceiver([.ok]) { receiver, client, url in
            let statuses = await withTaskGroup(of: Int?.self) { tasks in
                for _ in 0..<300 { tasks.addTask { await client.post(url).response?.status } }
                return await tasks.reduce(into: [Int?]()) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 200, count: 300))
            #expect(receiver.seen.requests.count == 300)
            #expect(
                client.pool.withLock { $0.idleCount }
                    <= WebhookClientConfiguration.defaultMaximumIdleConnectionsPerOrigin
            )
        }
    }

    @Test func idleAndOldConnectionsAreClosed() async throws {
        let receiver = try await ScriptedReceiver([.ok])
        let url = try receiver.url()
        let old = try WebhookClient.local { $0.maximumConnectionAgeMilliseconds = 0 }
        for _ in 0..<2 { #expect(await old.post(url).timings.reused == false) }
        let few = try WebhookClient.local { $0.maximumIdleConnections = 0 }
        for _ in 0..<2 { #expect(await few.post(url).timings.reused == false) }
        let short = try WebhookClient.local { $0.idleTimeoutMilliseconds = 1 }
        _ = await short.post(url)
        // The connection ends by its timer; the pool says so when it is gone.
        let deadline = ContinuousClock.now + .seconds(10)
        while short.pool.withLock({ $0.openCount }) > 0, ContinuousClock.now < deadline { await Task.yield() }
        #expect(short.pool.withLock { $0.openCount } == 0)
        for client in [old, few, short] { await client.shutdown() }
        await receiver.stop()
    }

    @Test func shutdownCancelsWhatIsUnderWayAndLater() async throws {
        let receiver = try await ScriptedReceiver([Answer()])
        let url = try receiver.url()
        let client = try WebhookClient.local(
            resolver: HostResolver { host, completion in
                if host == "receiver.test" { completion(.success([.v4(0x7F00_0001)])) }
            }
        )
        let waiting = Mutex(0)
        let done = ScriptedReceiver.group.next().makePromise(of: Void.self)
        for host in ["receiver.test", "never.test"] {
            let request = ExchangeRequest(
                url: try receiver.url(host: host),
                headers: [],
                body: ByteBuffer(),
                deadline: .seconds(60),
                identity: nil
            )
            client.send(request) { outcome in
                #expect(outcome.failure == .cancelled)
                if waiting.withLock({
                    $0 += 1; return $0 == 2
                }) {
                    done.succeed()
                }
            }
        }
        await client.shutdown()
        try await done.futureResult.get()
        #expect(await client.post(url).failure == .cancelled)
        await client.shutdown()
        await receiver.stop()
    }

    @Test func headersCannotCarryARequest() async throws {
        try await withReceiver([.ok]) { receiver, client, url in
            for header in [("X-A", "a\r\nX-B: b"), ("X-A\r\nX-B", "a"), ("", "a"), ("X A", "a"), ("X-A", "a\u{0}")] {
                let failure = await client.post(url, headers: [header]).failure
                #expect(failure?.kind == .protocol)
                #expect(failure?.message.hasPrefix("the header '") == true)
            }
            #expect(receiver.seen.requests.isEmpty)
        }
    }
}
