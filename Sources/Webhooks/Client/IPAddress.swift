/// An address of the Internet Protocol, version 4 or 6.
public enum IPAddress: Sendable, Hashable {
    case v4(UInt32)
    case v6(UInt128)

    /// Accepts four decimal numbers with dots, or the text of RFC 4291 section 2.2 without a zone.
    ///
    /// The older spellings of IPv4 (`127.1`, `0x7f.1`) are no addresses here: `WebhookURL` reads them.
    public init?(_ text: String) {
        if let bits = Self.dottedQuad(Array(text.utf8)[...]) {
            self = .v4(bits)
        } else if let bits = Self.colonGroups(Array(text.utf8)[...]) {
            self = .v6(bits)
        } else {
            return nil
        }
    }

    /// The IPv4 address where this is one in IPv6 clothes (`::ffff:a.b.c.d`), else the address itself.
    /// A system that dials the mapped form speaks IPv4, so every decision is about the IPv4 address.
    public var unmapped: IPAddress {
        guard case .v6(let bits) = self, bits >> 32 == 0xFFFF else { return self }
        return .v4(UInt32(truncatingIfNeeded: bits))
    }
}

// MARK: - Reading

extension IPAddress {
    static func dottedQuad(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            // A leading zero means octal to some readers and decimal to others, so nobody may write one.
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var number: UInt32 = 0
            for byte in part {
                guard (0x30...0x39).contains(byte) else { return nil }
                number = number * 10 + UInt32(byte - 0x30)
            }
            guard number <= 255 else { return nil }
            bits = bits << 8 | number
        }
        return bits
    }

    /// Groups of four hexadecimal digits, at most one `::`, and perhaps an IPv4 address as the last 32 bits.
    static func colonGroups(_ text: ArraySlice<UInt8>) -> UInt128? {
        guard (2...45).contains(text.count) else { return nil }
        let colon = UInt8(ascii: ":")
        guard let gap = doubleColon(text) else {
            guard let groups = groups(text), groups.count == 8 else { return nil }
            return bits(groups)
        }
        let before = text[..<gap]
        let after = text[(gap + 2)...]
        guard before.last != colon, after.first != colon, doubleColon(after) == nil else { return nil }
        guard let front = before.isEmpty ? [] : groups(before, endsHere: false),
            let back = after.isEmpty ? [] : groups(after), front.count + back.count <= 7
        else { return nil }
        return bits(front + Array(repeating: 0, count: 8 - front.count - back.count) + back)
    }

    private static func doubleColon(_ text: ArraySlice<UInt8>) -> Int? {
        text.indices.dropLast().first { text[$0] == UInt8(ascii: ":") && text[$0 + 1] == UInt8(ascii: ":") }
    }

    private static func groups(_ text: ArraySlice<UInt8>, endsHere: Bool = true) -> [UInt16]? {
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if endsHere, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let quad = dottedQuad(part) else { return nil }
                groups += [UInt16(quad >> 16), UInt16(truncatingIfNeeded: quad)]
                continue
            }
            guard (1...4).contains(part.count) else { return nil }
            var group: UInt16 = 0
            for byte in part {
                guard let digit = ASCII.hexadecimalDigit(byte) else { return nil }
                group = group << 4 | UInt16(digit)
            }
            groups.append(group)
        }
        return groups
    }

    private static func bits(_ groups: [UInt16]) -> UInt128 {
        groups.reduce(0) { $0 << 16 | UInt128($1) }
    }
}

// MARK: - Writing

extension IPAddress: CustomStringConvertible {
    /// The canonical text of RFC 5952.
    public var description: String {
        switch self {
        case .v4(let bits): Self.quadText(bits)
        case .v6(let bits) where bits >> 32 == 0xFFFF: "::ffff:" + Self.quadText(UInt32(truncatingIfNeeded: bits))
        case .v6(let bits): Self.groupText(bits)
        }
    }

    private static func quadText(_ bits: UInt32) -> String {
        "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
    }

    private static func groupText(_ bits: UInt128) -> String {
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> (112 - 16 * $0)) }
        // The first of the longest runs of two or more zero groups becomes `::`.
        var longest = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(longest.count, 1) { longest = start..<end }
            start = end + 1
        }
        let text = groups.map { String($0, radix: 16) }
        guard !longest.isEmpty else { return text.joined(separator: ":") }
        return text[..<longest.lowerBound].joined(separator: ":") + "::"
            + text[longest.upperBound...].joined(separator: ":")
    }
}
