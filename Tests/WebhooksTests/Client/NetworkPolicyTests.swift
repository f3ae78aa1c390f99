import Testing

@testable import HooklineWebhooks

struct NetworkPolicyTests {
    private let policy = NetworkPolicy()

    @Test func refusesWhatIsNotGlobal() throws {
        for text in NetworkPolicyGolden.notGlobal {
            #expect(policy.refusal(of: try #require(IPAddress(text))) != nil, "\(text)")
        }
    }

    @Test func refusesMoreThanTheOracle() throws {
        for text in NetworkPolicyGolden.stricter {
            #expect(policy.refusal(of: try #require(IPAddress(text))) != nil, "\(text)")
        }
    }

    @Test func acceptsThePublicInternet() throws {
        for text in NetworkPolicyGolden.global {
            #expect(policy.refusal(of: try #require(IPAddress(text))) == nil, "\(text)")
        }
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1 is in 127.0.0.0/8 (loopback, RFC 1122)"),
        ("169.254.169.254", "169.254.169.254 is in 169.254.0.0/16 (link-local and cloud metadata, RFC 3927)"),
        ("255.255.255.255", "255.255.255.255 is in 255.255.255.255/32 (limited broadcast, RFC 919)"),
        ("168.63.129.16", "168.63.129.16 is in 168.63.129.16/32 (platform service of Azure)"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1 is in 10.0.0.0/8 (private, RFC 1918)"),
        ("64:ff9b::a00:1", "64:ff9b::a00:1 stands for 10.0.0.1, which is in 10.0.0.0/8 (private, RFC 1918)"),
        ("64:ff9b:1::808:808", "64:ff9b:1::808:808 is in 64:ff9b:1::/48 (local NAT64, RFC 8215)"),
        ("::1", "::1 is in ::1/128 (loopback, RFC 4291)"),
        ("::7f00:1", "::7f00:1 is in ::/96 (IPv4-compatible, RFC 4291)"),
        ("2002:7f00:1::", "2002:7f00:1:: is in 2002::/16 (6to4, RFC 3056)"),
        ("2001::1", "2001::1 is in 2001::/32 (Teredo, RFC 4380)"),
        ("fd00:ec2::254", "fd00:ec2::254 is in fc00::/7 (unique local, RFC 4193)"),
        ("4000::1", "4000::1 is not in 2000::/3 (global unicast)"),
    ])
    func namesTheRange(text: String, message: String) throws {
        #expect(policy.refusal(of: try #require(IPAddress(text))) == message)
    }

    @Test func allowedNetworksPermitTheAddressThatIsDialled() throws {
        let policy = NetworkPolicy(allowedNetworks: [try AddressBlock("10.1.0.0/16"), try AddressBlock("fd12::/16")])
        let permitted = ["10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3", "fd12::1"]
        let refused = [
            "10.0.255.255", "10.2.0.0", "::ffff:10.2.0.0", "64:ff9b::10.1.2.3", "::10.1.2.3", "fd13::1", "127.0.0.1",
        ]
        for text in permitted { #expect(policy.refusal(of: try #require(IPAddress(text))) == nil, "\(text)") }
        for text in refused { #expect(policy.refusal(of: try #require(IPAddress(text))) != nil, "\(text)") }
    }

    @Test func judgesURLsByTheirSchemeAndLiteralAddress() throws {
        #expect(policy.refusal(of: try WebhookURL("http://example.com/")) == "has the scheme http; accepted is https")
        #expect(NetworkPolicy(allowsHTTP: true).refusal(of: try WebhookURL("http://example.com/")) == nil)
        #expect(
            policy.refusal(of: try WebhookURL("https://2130706433/"))
                == "127.0.0.1 is in 127.0.0.0/8 (loopback, RFC 1122)"
        )
        // A name is judged by what it resolves to when it is dialled.
        #expect(policy.refusal(of: try WebhookURL("https://localhost/")) == nil)
    }
}
