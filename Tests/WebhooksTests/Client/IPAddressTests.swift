import Testing

@testable import HooklineWebhooks

struct IPAddressTests {
    /// Texts and their canonical form, as `ipaddress` of Python 3.11.7 writes it; mapped addresses as RFC 5952 section 5 does.
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("0:0:0:0:0:0:0:0", "::"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1"), ("::FFFF:7f00:1", "::ffff:127.0.0.1"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ("64:ff9b::8.8.8.8", "64:ff9b::808:808"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ])
    func readsAndWrites(text: String, canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
    }

    @Test(arguments: [
        "", ".", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1..2.3", "1.2.3.4 ", " 1.2.3.4",
        "0x7f.0.0.1", "127.1",
        "+1.2.3.4", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:",
        "::12345",
        "::g", "fe80::1%eth0", "1.2.3.4::", "::1.2.3", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "[::1]", "1:::2", ":::1",
    ])
    func refusesWhatIsNoAddress(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func everyAddressIsReadBackAsItself() {
        var generator = SeededSequence(state: 7)
        for _ in 0..<2000 {
            // Masks make runs of zeros, where the short form is hard.
            let bits = UInt128.random(in: 0...UInt128.max, using: &generator)
            let mask = (0..<8).reduce(UInt128(0)) { mask, _ in
                mask << 16 | (Bool.random(using: &generator) ? 0xFFFF : 0)
            }
            let v6 = IPAddress.v6(bits & mask)
            #expect(IPAddress(v6.description) == v6)
            let v4 = IPAddress.v4(UInt32(truncatingIfNeeded: bits))
            #expect(IPAddress(v4.description) == v4)
        }
    }

    @Test func blocksAreReadWithTheirBorders() throws {
        let block = try AddressBlock("10.1.0.0/16")
        #expect(block.contains(.v4(0x0A01_0000)))
        #expect(block.contains(.v4(0x0A01_FFFF)))
        #expect(!block.contains(.v4(0x0A00_FFFF)))
        #expect(!block.contains(.v4(0x0A02_0000)))
        #expect(try AddressBlock("0.0.0.0/0").contains(.v4(.max)))
        #expect(try AddressBlock("::/0").contains(.v6(.max)))
        #expect(try !AddressBlock("::/0").contains(.v4(1)))
        #expect(try AddressBlock("192.0.2.1").description == "192.0.2.1/32")
        #expect(try AddressBlock("::ffff:10.0.0.0/104") == AddressBlock("10.0.0.0/8"))
    }

    @Test(arguments: [
        (
            "ten",
            "'ten' is no block of addresses; accepted is an address with a prefix length, such as 10.0.0.0/8 or fd00::/8"
        ),
        ("10.0.0.0/33", "'10.0.0.0/33' has no valid prefix length; accepted are 0 to 32"),
        ("10.0.0.0/", "'10.0.0.0/' has no valid prefix length; accepted are 0 to 32"),
        ("10.0.0.0/+8", "'10.0.0.0/+8' has no valid prefix length; accepted are 0 to 32"),
        ("fd00::/129", "'fd00::/129' has no valid prefix length; accepted are 0 to 128"),
        ("10.1.2.3/8", "'10.1.2.3/8' has bits set beyond its prefix; accepted is 10.0.0.0/8"),
    ])
    func saysWhyATextIsNoBlock(text: String, message: String) {
        let error = #expect(throws: AddressBlockError.self) { try AddressBlock(text) }
        #expect(error?.description == message)
    }
}

/// SplitMix64, so that a failure can be repeated.
struct SeededSequence: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
