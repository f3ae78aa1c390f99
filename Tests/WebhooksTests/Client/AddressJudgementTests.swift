import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HooklineWebhooks

/// Nothing that a customer writes may reach what is not on the public internet.
struct AddressJudgementTests {
    /// Names and what they resolve to.
    private static func resolver(_ names: [String: [String]]) -> HostResolver {
        HostResolver { host, completion in
            let addresses = names[host]?.compactMap { IPAddress($0) }
            completion(
                addresses.map { .success($0) } ?? .failure(HostResolverError(problem: "has no address: unknown"))
            )
        }
    }

    private static let names = [
        "localhost": ["127.0.0.1", "::1"], "localtest.example": ["127.0.0.1"], "mapped.example": ["::ffff:127.0.0.1"],
        "metadata.example": ["169.254.169.254"], "private.example": ["10.0.0.1", "192.168.1.1"], "six.example": ["::1"],
        "any.example": ["0.0.0.0"], "nat64.example": ["64:ff9b::7f00:1"], "sixtofour.example": ["2002:7f00:1::"],
        "xn--bcher-kva.example": ["127.0.0.1"], "a.localhost": ["127.0.0.1"], "127.0.0.1.nip.example": ["127.0.0.1"],
        "linklocal.example": ["fe80::1"], "ula.example": ["fd00:ec2::254"], "multicast.example": ["224.0.0.1"],
    ]

    /// Hosts of URLs; the port is that of a listener on the loopback interface, which must hear nothing.
    private static let hosts =
        [
            "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1",
            "0177.1",
            "017700000001", "0X7F.0.0.1", "0x7f.0x0.0x0.0x1", "0", "0.0.0.0", "0x0", "00", "[::1]", "[::]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:127.0.0.1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
            "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::127.0.0.1]", "[2002:7f00:1::]",
            "[2001:0:7f00:1::]",
            "[fe80::1]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]", "[100::1]",
            "[5f00::1]",
            "[::ffff:169.254.169.254]", "169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376",
            "169.254.43518",
            "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.257", "100.64.0.1", "198.18.0.1",
            "192.0.0.192",
            "224.0.0.1", "240.0.0.1", "255.255.255.255", "4294967295", "168.63.129.16", "LOCALHOST", "localhost",
        ] + Array(names.keys)

    @Test func noHostileURLMakesAConnection() async throws {
        let listener = try await ScriptedReceiver([.ok])
        let client = try WebhookClient(
            group: ScriptedReceiver.group,
            policy: NetworkPolicy(allowsHTTP: true),
            resolver: Self.resolver(Self.names),
            configuration: WebhookClientConfiguration(version: "1")
        )
        #expect(Self.hosts.count >= 60)
        for host in Self.hosts {
            for scheme in ["http", "https"] {
                let outcome = await client.post(try listener.url(scheme: scheme, host: host))
                #expect(outcome.failure?.kind == .addressRefused, "\(scheme)://\(host)")
                #expect(outcome.address == nil)
            }
        }
        #expect(listener.seen.connections == 0)
        await client.shutdown()
        await listener.stop()
    }

    @Test func theMessageNamesTheHostTheAddressAndTheRange() async throws {
        let client = try WebhookClient(
            group: ScriptedReceiver.group,
            policy: NetworkPolicy(),
            resolver: Self.resolver(Self.names),
            configuration: WebhookClientConfiguration(version: "1")
        )
        func message(_ url: String) async throws -> String? { try await client.post(WebhookURL(url)).failure?.message }
        #expect(
            try await message("https://private.example/")
                == "private.example: 10.0.0.1 is in 10.0.0.0/8 (private, RFC 1918)"
        )
        #expect(try await message("https://[::1]/") == "::1 is in ::1/128 (loopback, RFC 4291)")
        #expect(try await message("https://unknown.example/") == "unknown.example has no address: unknown")
        #expect(try await message("http://8.8.8.8/") == "the scheme http is not accepted, only https is")
        await client.shutdown()
    }

    @Test func onlyThePermittedAddressesOfANameAreDialled() async throws {
        let listener = try await ScriptedReceiver([.ok])
        let client = try WebhookClient(
            group: ScriptedReceiver.group,
            policy: NetworkPolicy(allowsHTTP: true, allowedNetworks: [AddressBlock("127.0.0.2")]),
            resolver: Self.resolver(["mixed.example": ["10.0.0.1", "::1", "127.0.0.2"]]),
            configuration: WebhookClientConfiguration(version: "1")
        )
        // 127.0.0.2 is permitted, but the listener is bound to 127.0.0.1 only: so the dial itself is seen to fail.
        let outcome = await client.post(try listener.url(host: "mixed.example"))
        #expect(outcome.address == "127.0.0.2")
        #expect(outcome.failure?.kind == .connect)
        #expect(outcome.failure?.message == "no TCP connection to 127.0.0.2 port \(listener.port): connection refused")
        #expect(listener.seen.connections == 0)
        await client.shutdown()
        await listener.stop()
    }

    @Test func theNextAddressIsTriedWhereOneDoesNotAnswer() async throws {
        let listener = try await ScriptedReceiver([.ok])
        let client = try WebhookClient.local(resolver: Self.resolver(["two.example": ["127.0.0.9", "127.0.0.1"]]))
        let outcome = await client.post(try listener.url(host: "two.example"))
        #expect(outcome.response?.status == 200)
        #expect(outcome.address == "127.0.0.1")
        await client.shutdown()
        await listener.stop()
    }

    /// A name that is public when it is looked at and private when it is dialled: here each connection has one lookup,
    /// and what that lookup said is judged.
    @Test func rebindingANameReachesNothing() async throws {
        let listener = try await ScriptedReceiver([
            Answer("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        ])
        let lookups = Mutex(0)
        let resolver = HostResolver { _, completion in
            let count = lookups.withLock {
                $0 += 1; return $0
            }
            completion(.success([count == 1 ? .v4(0x7F00_0001) : .v4(0x7F00_0002)]))
        }
        // 127.0.0.1 plays the public address, 127.0.0.2 the private one.
        let client = try WebhookClient(
            group: ScriptedReceiver.group,
            policy: NetworkPolicy(allowsHTTP: true, allowedNetworks: [AddressBlock("127.0.0.1")]),
            resolver: resolver,
            configuration: WebhookClientConfiguration(version: "1")
        )
        let url = try listener.url(host: "rebind.example")
        let first = await client.post(url)
        #expect(first.response?.status == 200)
        #expect(first.address == "127.0.0.1")
        #expect(lookups.withLock { $0 } == 1)
        let second = await client.post(url)
        #expect(second.failure?.kind == .addressRefused)
        #expect(second.address == nil)
        #expect(listener.seen.connections == 1)
        await client.shutdown()
        await listener.stop()
    }

    @Test func aLookupThatDoesNotEndIsCutByTheDeadline() async throws {
        let client = try WebhookClient.local(resolver: HostResolver { _, _ in })
        let failure = try await client.post(WebhookURL("https://slow.example/"), deadline: .milliseconds(50)).failure
        #expect(failure == ExchangeFailure(kind: .timeout, message: "no address of slow.example within 50 ms"))
        await client.shutdown()
    }

    private typealias Answer = ScriptedReceiver.Answer
}
