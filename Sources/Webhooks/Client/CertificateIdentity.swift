import NIOCore
import NIOSSL

/// Whether a certificate is one for the host of a URL (RFC 9525): a name by its DNS names, an address by its addresses.
///
/// It is not left to the TLS library, which for a name takes a certificate of the address that was dialled, too: whoever
/// forges the lookup of a name, and has a certificate of an address, would pass. Nor would the library know the address
/// behind a proxy.
enum CertificateIdentity {
    static func covers(_ certificate: NIOSSLCertificate, _ url: WebhookURL) -> Bool {
        certificate._subjectAlternativeNames().contains { name in
            if let address = url.address {
                name.nameType == .ipAddress && matches(Array(name.contents), address: address.unmapped)
            } else {
                name.nameType == .dnsName && matches(Array(name.contents), host: Array(url.host.utf8))
            }
        }
    }

    /// The bytes of an address, in network order.
    static func matches(_ name: [UInt8], address: IPAddress) -> Bool {
        name.elementsEqual(address.packed.readableBytesView)
    }

    /// A wildcard is the whole first label, and stands for exactly one (RFC 9525 section 6.3).
    static func matches(_ name: [UInt8], host: [UInt8]) -> Bool {
        let dot = UInt8(ascii: ".")
        let name = name.map(ASCII.lowercased(_:))
        guard name.starts(with: Array("*.".utf8)) else { return name == host }
        guard let end = host.firstIndex(of: dot), end > 0 else { return false }
        return name[1...].elementsEqual(host[end...])
    }
}
