import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import HooklineServer

@Suite struct LimitTests {
    @Test func requestsAndBytesAreCounted() {
        let gauge = RequestGauge(maximumRequests: 2, maximumBodyBytes: 10)
        #expect(gauge.enter(bodyBytes: 4))
        #expect(!gauge.enter(bodyBytes: 7))
        #expect(gauge.enter(bodyBytes: 6))
        #expect(!gauge.enter(bodyBytes: 0))
        gauge.leave(bodyBytes: 4)
        #expect(gauge.enter(bodyBytes: 4))
        gauge.leave(bodyBytes: 4)
        gauge.leave(bodyBytes: 6)
        #expect(gauge.enter(bodyBytes: 10))
    }

    private let head = HTTPRequestPart.head(
        HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/")
    )

    private func channel(_ handler: ConnectionLimitHandler) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handler: handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    @Test func aSlowRequestEndsItsConnection() throws {
        let channel = try channel(ConnectionLimitHandler(readTimeout: .seconds(10)))
        try channel.writeInbound(head)
        for _ in 0..<9 {
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "x")))
        }
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test func aRequestThatArrivedIsNotTimed() throws {
        let channel = try channel(ConnectionLimitHandler(readTimeout: .seconds(10)))
        for _ in 0..<3 {
            try channel.writeInbound(head)
            try channel.writeInbound(HTTPRequestPart.end(nil))
            channel.embeddedEventLoop.advanceTime(by: .seconds(100))
        }
        #expect(channel.isActive)
        _ = try channel.finish()
    }

    @Test func aBodyBeyondAllLimitsEndsItsConnection() throws {
        let channel = try channel(ConnectionLimitHandler(maximumBytes: 10))
        try channel.writeInbound(head)
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "0123456789")))
        #expect(channel.isActive)
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "0")))
        #expect(!channel.isActive)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.8.8", true), ("::1", true), ("::ffff:127.0.0.1", true), ("10.0.0.1", false),
        ("::2", false), ("::ffff:10.0.0.1", false), ("128.0.0.1", false),
    ])
    func thisMachineIsKnown(_ address: String, _ isLoopback: Bool) throws {
        #expect(try SocketAddress(ipAddress: address, port: 1).isLoopback == isLoopback)
    }
}
