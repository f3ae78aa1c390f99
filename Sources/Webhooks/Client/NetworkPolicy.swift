/// Where deliveries may go. A URL comes from a customer, so by default it can reach nothing but the public internet.
///
/// The policy decides on addresses, not on names: a name may resolve to anything, and to something else a moment later.
/// Whoever dials asks it about each address right before the connection, and then dials that address.
public struct NetworkPolicy: Sendable, Hashable {
    /// Whether `http` URLs are accepted beside `https`.
    public var allowsHTTP: Bool
    /// Ranges that may be dialled although they would be refused, such as the studio's own network.
    public var allowedNetworks: [AddressBlock]

    public init(allowsHTTP: Bool = false, allowedNetworks: [AddressBlock] = []) {
        self.allowsHTTP = allowsHTTP
        self.allowedNetworks = allowedNetworks
    }

    /// Why an address may not be dialled, with the range that it lies in; nil where it may.
    ///
    /// Beyond the special-purpose ranges, an IPv6 address has to be global unicast (`2000::/3`). One that carries an IPv4
    /// address, mapped or for NAT64 (`64:ff9b::/96`), is decided by that one. An allowed network permits the address that is
    /// dialled: for a mapped address its IPv4 address, for NAT64 the IPv6 address.
    public func refusal(of address: IPAddress) -> String? {
        let dialled = address.unmapped
        if allowedNetworks.contains(where: { $0.contains(dialled) }) { return nil }
        if let range = SpecialAddresses.range(of: dialled) {
            return "\(address) is in \(range.block) (\(range.purpose))"
        }
        guard case .v6(let bits) = dialled else { return nil }
        if Self.translated.contains(dialled) {
            let embedded = IPAddress.v4(UInt32(truncatingIfNeeded: bits))
            guard let range = SpecialAddresses.range(of: embedded) else { return nil }
            return "\(address) stands for \(embedded), which is in \(range.block) (\(range.purpose))"
        }
        return Self.globalUnicast.contains(dialled)
            ? nil : "\(address) is not in \(Self.globalUnicast) (global unicast)"
    }

    /// Why a URL cannot be a subscription's: its scheme, or the address that is its host; nil where nothing speaks
    /// against it yet. A name is decided each time that it is dialled.
    public func refusal(of url: WebhookURL) -> String? {
        if url.scheme == .http, !allowsHTTP { return "has the scheme http; accepted is https" }
        return url.address.flatMap(refusal(of:))
    }

    /// RFC 6052 section 2.1.
    private static let translated = AddressBlock(.v6(0x64_FF9B << 96), prefixLength: 96)
    private static let globalUnicast = AddressBlock(.v6(0x2000 << 112), prefixLength: 3)
}
