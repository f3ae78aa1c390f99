/// Ranges that are no place for a webhook: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890), multicast,
/// and addresses that a cloud gives a meaning inside of its machines.
///
/// Where the registries call a range reachable, and this refuses it, the comment says why.
enum SpecialAddresses {
    struct Range: Sendable {
        let block: AddressBlock
        let purpose: String
    }

    /// The range that an address lies in, the narrowest first where ranges nest.
    static func range(of address: IPAddress) -> Range? {
        switch address {
        case .v4: ranges4.first { $0.block.contains(address) }
        case .v6: ranges6.first { $0.block.contains(address) }
        }
    }

    private static func v4(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ length: Int, _ purpose: String)
        -> Range
    {
        Range(
            block: AddressBlock(.v4(a << 24 | b << 16 | c << 8 | d), prefixLength: length),
            purpose: purpose
        )
    }

    /// The 64 leading bits, in groups of 16.
    private static func v6(_ groups: [UInt128], _ length: Int, _ purpose: String) -> Range {
        var bits: UInt128 = 0
        for (index, group) in groups.enumerated() { bits |= group << UInt128(112 - 16 * index) }
        return Range(block: AddressBlock(.v6(bits), prefixLength: length), purpose: purpose)
    }

    private static let ranges4: [Range] = [
        v4(0, 0, 0, 0, 8, "this network, RFC 791"),
        v4(10, 0, 0, 0, 8, "private, RFC 1918"),
        v4(100, 64, 0, 0, 10, "shared address space, RFC 6598"),
        v4(127, 0, 0, 0, 8, "loopback, RFC 1122"),
        // Public by its number, but inside of Azure it answers for the platform, credentials included.
        v4(168, 63, 129, 16, 32, "platform service of Azure"),
        v4(169, 254, 0, 0, 16, "link-local and cloud metadata, RFC 3927"),
        v4(172, 16, 0, 0, 12, "private, RFC 1918"),
        // With 192.0.0.9 and 192.0.0.10, which are anycast for port control and relays, never for a receiver.
        v4(192, 0, 0, 0, 24, "IETF protocol assignments, RFC 6890"),
        v4(192, 0, 2, 0, 24, "documentation, RFC 5737"),
        // Deprecated; routers that still announce it would pick the receiver.
        v4(192, 88, 99, 0, 24, "6to4 relay anycast, RFC 7526"),
        v4(192, 168, 0, 0, 16, "private, RFC 1918"),
        v4(198, 18, 0, 0, 15, "benchmarking, RFC 2544"),
        v4(198, 51, 100, 0, 24, "documentation, RFC 5737"),
        v4(203, 0, 113, 0, 24, "documentation, RFC 5737"),
        v4(224, 0, 0, 0, 4, "multicast, RFC 5771"),
        v4(255, 255, 255, 255, 32, "limited broadcast, RFC 919"),
        v4(240, 0, 0, 0, 4, "reserved, RFC 1112"),
    ]

    private static let ranges6: [Range] = [
        Range(block: AddressBlock(.v6(0), prefixLength: 128), purpose: "unspecified, RFC 4291"),
        Range(block: AddressBlock(.v6(1), prefixLength: 128), purpose: "loopback, RFC 4291"),
        v6([], 96, "IPv4-compatible, RFC 4291"),
        // The prefix of one network; whoever runs the translator decides what is behind it.
        v6([0x64, 0xFF9B, 1], 48, "local NAT64, RFC 8215"),
        v6([0x100], 64, "discard-only, RFC 6666"),
        v6([0x100, 0, 0, 1], 64, "dummy prefix, RFC 9780"),
        // Both carry an IPv4 address to a relay of somebody else.
        v6([0x2001, 0], 32, "Teredo, RFC 4380"),
        v6([0x2002], 16, "6to4, RFC 3056"),
        v6([0x2001, 2, 0], 48, "benchmarking, RFC 5180"),
        v6([0x2001, 0x10], 28, "ORCHID, RFC 4843"),
        v6([0x2001, 0x20], 28, "ORCHIDv2, RFC 7343"),
        v6([0x2001, 0xDB8], 32, "documentation, RFC 3849"),
        // With the anycast and AMT assignments inside, which are never for a receiver.
        v6([0x2001], 23, "IETF protocol assignments, RFC 2928"),
        v6([0x3FFF], 20, "documentation, RFC 9637"),
        v6([0x5F00], 16, "SRv6 segment identifiers, RFC 9602"),
        v6([0xFC00], 7, "unique local, RFC 4193"),
        v6([0xFE80], 10, "link-local, RFC 4291"),
        v6([0xFEC0], 10, "site-local, RFC 3879"),
        v6([0xFF00], 8, "multicast, RFC 4291"),
    ]
}
