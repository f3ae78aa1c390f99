import Testing

@testable import HooklineWebhooks

struct WebhookURLTests {
    @Test func takesAURLApart() throws {
        let url = try WebhookURL("HTTPS://Hooks.Example.COM:8443/a/../b%20c;d?x=1&y=[2]")
        #expect(url.text == "HTTPS://Hooks.Example.COM:8443/a/../b%20c;d?x=1&y=[2]")
        #expect(url.scheme == .https)
        #expect(url.host == "hooks.example.com")
        #expect(url.address == nil)
        #expect(url.port == 8443)
        #expect(url.origin == "https://hooks.example.com:8443")
        #expect(url.hostHeader == "hooks.example.com:8443")
        #expect(url.requestTarget == "/a/../b%20c;d?x=1&y=[2]")
    }

    @Test(arguments: [
        ("https://example.com", "https://example.com:443", "example.com", "/"),
        ("https://example.com:443/x", "https://example.com:443", "example.com", "/x"),
        ("http://example.com:80?q", "http://example.com:80", "example.com", "/?q"),
        ("http://example.com:443/", "http://example.com:443", "example.com:443", "/"),
        (
            "https://xn--bcher-kva.example/ü".replacing("ü", with: "%C3%BC"), "https://xn--bcher-kva.example:443",
            "xn--bcher-kva.example", "/%C3%BC"
        ),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443", "[2001:db8::1]:8443", "/"),
        ("https://[::ffff:127.0.0.1]", "https://[::ffff:127.0.0.1]:443", "[::ffff:127.0.0.1]", "/"),
        ("https://my_host.example-1.com/", "https://my_host.example-1.com:443", "my_host.example-1.com", "/"),
        ("https://example.com?", "https://example.com:443", "example.com", "/?"),
        ("https://1.2.3.4.example/", "https://1.2.3.4.example:443", "1.2.3.4.example", "/"),
        ("https://example.com/http://[::1]@x", "https://example.com:443", "example.com", "/http://[::1]@x"),
    ])
    func knowsOriginHostAndTarget(text: String, origin: String, hostHeader: String, target: String) throws {
        let url = try WebhookURL(text)
        #expect([url.origin, url.hostHeader, url.requestTarget] == [origin, hostHeader, target])
    }

    /// Spellings of IPv4, as `socket.inet_aton` of Python 3.11.7 (glibc 2.36) reads them.
    @Test(arguments: [
        ("2130706433", "127.0.0.1"), ("0x7f000001", "127.0.0.1"), ("017700000001", "127.0.0.1"), ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"), ("0177.0.0.1", "127.0.0.1"), ("0X7F.0X0.0X0.0X1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("127.65535", "127.0.255.255"), ("10.0.258", "10.0.1.2"), ("0", "0.0.0.0"), ("4294967295", "255.255.255.255"),
        ("0xA9FEA9FE", "169.254.169.254"), ("169.254.0xa9fe", "169.254.169.254"), ("192.168.0.01", "192.168.0.1"),
        ("1.16777215", "1.255.255.255"),
    ])
    func readsOldSpellingsOfAddresses(host: String, address: String) throws {
        let url = try WebhookURL("https://\(host)/")
        #expect(url.address == IPAddress(address))
        #expect(url.hostHeader == address)
    }

    @Test(arguments: [
        ("", "is empty; accepted is an https URL"),
        ("https://example.com/" + String(repeating: "a", count: 2029), "is 2049 bytes long; accepted are at most 2048"),
        ("ftp://example.com/", "has no scheme that webhooks use; accepted is a URL that starts with https://"),
        ("//example.com/", "has no scheme that webhooks use; accepted is a URL that starts with https://"),
        ("https:example.com", "has no scheme that webhooks use; accepted is a URL that starts with https://"),
        (
            "https://user:secret@example.com/",
            "has a user or password before the host; accepted is a URL without, with the credentials in a header"
        ),
        (
            "https://example.com@127.0.0.1/",
            "has a user or password before the host; accepted is a URL without, with the credentials in a header"
        ),
        ("https://example.com/#top", "has a fragment, which is never sent; accepted is a URL without '#'"),
        (
            "https://example.com/a b",
            "has the byte 0x20 at 21; accepted are the characters of RFC 3986, others percent-encoded"
        ),
        (
            "https://example.com/\r\nX: y",
            "has the byte 0x0d at 20; accepted are the characters of RFC 3986, others percent-encoded"
        ),
        (
            "https://example.com\\@evil/",
            "has the byte 0x5c at 19; accepted are the characters of RFC 3986, others percent-encoded"
        ),
        (
            "https://bücher.example/",
            "is not ASCII at byte 9; accepted are a host in punycode (xn--) and percent-encoded bytes"
        ),
        (
            "https://example.com/%2",
            "has a '%' without two hexadecimal digits at byte 20; accepted is a percent-encoded byte"
        ),
        ("https:///path", "has a host that is empty; accepted is a name or an address"),
        ("https://example.com./", "has a host that ends with a dot; accepted is the name without it"),
        ("https://127.0.0.1./", "has a host that ends with a dot; accepted is the name without it"),
        ("https://a..b/", "has a host that has a label of 0 bytes; accepted are 1 to 63"),
        ("https://example.com:/", "has an invalid port; accepted are 1 to 65535"),
        ("https://example.com:0/", "has an invalid port; accepted are 1 to 65535"),
        ("https://example.com:65536/", "has an invalid port; accepted are 1 to 65535"),
        ("https://example.com:+80/", "has an invalid port; accepted are 1 to 65535"),
        ("https://[::1]x/", "has an invalid port; accepted are 1 to 65535"),
        (
            "https://[fe80::1%25eth0]/",
            "has a host that is no IPv6 address; accepted is one in brackets, such as [2001:db8::1]"
        ),
        (
            "https://256.0.0.1/",
            "has a host that ends in a number but is no IPv4 address; accepted is one such as 192.0.2.1"
        ),
        (
            "https://1.2.3.4.5/",
            "has a host that ends in a number but is no IPv4 address; accepted is one such as 192.0.2.1"
        ),
        (
            "https://127.0.0.08/",
            "has a host that ends in a number but is no IPv4 address; accepted is one such as 192.0.2.1"
        ),
        (
            "https://4294967296/",
            "has a host that ends in a number but is no IPv4 address; accepted is one such as 192.0.2.1"
        ),
        (
            "https://example.0x7g/",
            "has a host that ends in a number but is no IPv4 address; accepted is one such as 192.0.2.1"
        ),
    ])
    func saysWhyATextIsNoURL(text: String, message: String) {
        let error = #expect(throws: WebhookURLError.self) { try WebhookURL(text) }
        #expect(error?.description == message)
    }
}
