/// A range of addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3): `10.0.0.0/8`, `fd00::/8`, `192.0.2.1`.
public struct AddressBlock: Sendable, Hashable {
    /// The first address of the range.
    public let first: IPAddress
    /// How many leading bits all addresses of the range share: 0 to 32, or 0 to 128.
    public let prefixLength: Int

    /// Reads an address with the length of its prefix; an address alone is a block of one.
    ///
    /// A block of mapped addresses (`::ffff:10.0.0.0/104`) is the block of their IPv4 addresses.
    public init(_ text: String) throws(AddressBlockError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(decoding: parts[0], as: UTF8.self)) else {
            throw .notAnAddress(text: ASCII.shown(text))
        }
        let longest = address.width
        var length = longest
        if parts.count == 2 {
            let digits = parts[1]
            guard (1...3).contains(digits.count), digits.allSatisfy(ASCII.isDigit),
                let number = Int(String(decoding: digits, as: UTF8.self)), number <= longest
            else { throw .prefixLength(text: ASCII.shown(text), maximum: longest) }
            length = number
        }
        let block = AddressBlock(address, prefixLength: length)
        guard block.first == address else {
            throw .bitsBeyondPrefix(text: ASCII.shown(text), suggestion: block.description)
        }
        if case .v4 = address.unmapped, case .v6 = address, length >= 96 {
            self.init(address.unmapped, prefixLength: length - 96)
        } else {
            self = block
        }
    }

    /// The block of this length that an address lies in.
    init(_ address: IPAddress, prefixLength: Int) {
        self.prefixLength = prefixLength
        switch address {
        case .v4(let bits): first = .v4(bits & Self.mask4(prefixLength))
        case .v6(let bits): first = .v6(bits & Self.mask6(prefixLength))
        }
    }

    public func contains(_ address: IPAddress) -> Bool {
        switch (first, address) {
        case (.v4(let base), .v4(let bits)): bits & Self.mask4(prefixLength) == base
        case (.v6(let base), .v6(let bits)): bits & Self.mask6(prefixLength) == base
        default: false
        }
    }

    // A shift by the whole width gives zero, as Swift's smart shifts do.
    private static func mask4(_ length: Int) -> UInt32 { UInt32.max << (32 - length) }
    private static func mask6(_ length: Int) -> UInt128 { UInt128.max << (128 - length) }
}

extension AddressBlock: CustomStringConvertible {
    public var description: String { "\(first)/\(prefixLength)" }
}

extension IPAddress {
    /// Bits of an address of this version.
    var width: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }
}

/// Why a text is no block of addresses.
public enum AddressBlockError: Error, Equatable, CustomStringConvertible {
    case notAnAddress(text: String)
    case prefixLength(text: String, maximum: Int)
    case bitsBeyondPrefix(text: String, suggestion: String)

    public var description: String {
        switch self {
        case .notAnAddress(let text):
            "\(text) is no block of addresses; accepted is an address with a prefix length, such as 10.0.0.0/8 or fd00::/8"
        case .prefixLength(let text, let maximum):
            "\(text) has no valid prefix length; accepted are 0 to \(maximum)"
        case .bitsBeyondPrefix(let text, let suggestion):
            "\(text) has bits set beyond its prefix; accepted is \(suggestion)"
        }
    }
}
