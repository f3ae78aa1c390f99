import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import HooklineWebhooks

struct ForwardProxyTests {
    private typealias Answer = ScriptedReceiver.Answer

    @Test func readsItsURL() throws {
        let proxy = try ForwardProxy("http://us%65r:p%40ss@proxy.example:3128/")
        #expect(proxy.host == "proxy.example")
        #expect(proxy.port == 3128)
        #expect(proxy.authorization == "Basic dXNlcjpwQHNz")
        #expect(proxy.description == "http://***@proxy.example:3128")
        #expect(try ForwardProxy("http://127.0.0.1").port == 80)
        #expect(throws: ForwardProxyError.scheme) { try ForwardProxy("socks5://proxy:1080") }
        #expect(throws: ForwardProxyError.credentials) { try ForwardProxy("http://user@proxy:1080") }
        #expect(throws: ForwardProxyError.credentials) { try ForwardProxy("http://user:%4@proxy:1080") }
        #expect(throws: ForwardProxyError.host) { try ForwardProxy("http://proxy:1080/path") }
        #expect(throws: ForwardProxyError.host) { try ForwardProxy("http://:1080") }
    }

    /// A tunnel whose other end is the same receiver: it answers CONNECT first and the request then.
    @Test func tunnelsToTheAddressThatWasJudged() async throws {
        let proxy = try await ScriptedReceiver([Answer("HTTP/1.0 200 Connection established\r\n\r\n"), .ok])
        let client = try WebhookClient.local(
            resolver: HostResolver { host, completion in
                completion(
                    host == "receiver.test" ? .success([.v4(0x5DB8_D822)]) : .failure(HostResolverError(problem: "x"))
                )
            }
        ) { configuration in
            configuration.proxy = try? ForwardProxy("http://user:secret@127.0.0.1:\(proxy.port)")
        }
        let url = try WebhookURL("http://receiver.test/hook")
        #expect(await client.post(url).response?.status == 200)
        #expect(await client.post(url).timings.reused)
        let seen = proxy.seen
        #expect(seen.connections == 1)
        #expect(
            seen.requests.first == "CONNECT 93.184.216.34:80 HTTP/1.1\r\nhost: 93.184.216.34:80\r\n"
                + "proxy-authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n"
        )
        #expect(seen.requests.last?.hasPrefix("POST /hook HTTP/1.1\r\nhost: receiver.test\r\n") == true)
        #expect(seen.requests.last?.contains("proxy-authorization") == false)
        await client.shutdown()
        await proxy.stop()
    }

    @Test(arguments: [
        (
            Answer("HTTP/1.1 407 Denied\r\ncontent-length: 0\r\n\r\n"),
            "the proxy refused a tunnel to 93.184.216.34 with status 407"
        ),
        (
            Answer("hello\r\n\r\n"),
            "the proxy's answer is invalid: the response does not start with a status line of HTTP/1.1"
        ),
        (Answer("HTTP/1.1 200 OK\r\n\r\nmore"), "the proxy sent more than its answer"),
        (Answer(end: .close), "the proxy closed the connection before a tunnel was open"),
    ])
    fileprivate func saysWhyThereIsNoTunnel(answer: ScriptedReceiver.Answer, message: String) async throws {
        let proxy = try await ScriptedReceiver([answer])
        let client = try WebhookClient.local { $0.proxy = try? ForwardProxy("http://127.0.0.1:\(proxy.port)") }
        let failure = try await client.post(WebhookURL("https://93.184.216.34/")).failure
        #expect(failure == ExchangeFailure(kind: .proxy, message: message))
        await client.shutdown()
        await proxy.stop()
    }

    @Test func judgesTheTargetAndNotTheProxy() async throws {
        let proxy = try await ScriptedReceiver([.ok])
        let client = try WebhookClient(
            group: ScriptedReceiver.group,
            policy: NetworkPolicy(allowsHTTP: true),
            resolver: .loopback,
            configuration: {
                var configuration = WebhookClientConfiguration(version: "1")
                configuration.proxy = try ForwardProxy("http://127.0.0.1:\(proxy.port)")
                return configuration
            }()
        )
        #expect(try await client.post(WebhookURL("http://receiver.test/")).failure?.kind == .addressRefused)
        #expect(proxy.seen.connections == 0)
        await client.shutdown()
        await proxy.stop()
    }

    /// CONNECT in the clear, then TLS for the receiver inside of the tunnel.
    @Test func carriesTLSInsideOfTheTunnel() async throws {
        let receiver = try await ScriptedReceiver([.ok], tls: SecureExchangeTests.server())
        let proxy = try await Tunnel(to: receiver.port)
        let client = try WebhookClient.local { $0.proxy = try? ForwardProxy("http://127.0.0.1:\(proxy.port)") }
        let url = try receiver.url(scheme: "https", host: "receiver.test")
        for number in 0..<3 {
            let outcome = await client.post(url)
            #expect(outcome.response?.status == 200)
            #expect(outcome.timings.reused == (number > 0))
        }
        #expect(receiver.seen.connections == 1)
        await client.shutdown()
        await receiver.stop()
        try await proxy.stop()
    }
}

/// A proxy of a few lines: it answers any CONNECT with 200, and then passes bytes on to one port.
private struct Tunnel {
    private let server: any Channel
    var port: Int { server.localAddress?.port ?? 0 }

    init(to port: Int) async throws {
        server = try await ServerBootstrap(group: ScriptedReceiver.group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TunnelHandler(port: port))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func stop() async throws { try await server.close() }
}

private final class TunnelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let port: Int
    private var other: (any Channel)?

    init(port: Int) { self.port = port }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let other { return other.writeAndFlush(unwrapInboundIn(data), promise: nil) }
        let near = context.channel
        let connected = ClientBootstrap(group: context.eventLoop)
            .channelInitializer { far in
                far.eventLoop.makeCompletedFuture { try far.pipeline.syncOperations.addHandler(Passing(to: near)) }
            }
            .connect(host: "127.0.0.1", port: port)
        connected.assumeIsolated().whenSuccess { far in
            self.other = far
            near.writeAndFlush(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n"), promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { other?.close(promise: nil) }
}

private final class Passing: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let near: any Channel

    init(to near: any Channel) { self.near = near }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        near.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }
    func channelInactive(context: ChannelHandlerContext) { near.close(promise: nil) }
}
