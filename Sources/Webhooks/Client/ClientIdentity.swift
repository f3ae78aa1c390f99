import Crypto
import NIOSSL

/// What a client shows to a receiver that wants to know who calls (mutual TLS): certificates and a private key.
public struct ClientIdentity: Sendable {
    /// SHA-256 over both texts, as hexadecimal digits. Connections and TLS contexts are shared by it.
    public let fingerprint: String
    let certificates: [NIOSSLCertificate]
    let privateKey: NIOSSLPrivateKey

    public static let maximumPEMBytes = 65_536

    /// Reads PEM: the client's own certificate first, then those of its issuers; and the key, without a passphrase.
    public init(certificateChainPEM: String, privateKeyPEM: String) throws(ClientIdentityError) {
        guard certificateChainPEM.utf8.count <= Self.maximumPEMBytes, privateKeyPEM.utf8.count <= Self.maximumPEMBytes
        else {
            throw .tooLarge
        }
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(Array(certificateChainPEM.utf8)),
            !certificates.isEmpty
        else { throw .certificates }
        guard let privateKey = try? NIOSSLPrivateKey(bytes: Array(privateKeyPEM.utf8), format: .pem) else {
            throw .privateKey
        }
        self.certificates = certificates
        self.privateKey = privateKey
        var hash = SHA256()
        hash.update(data: Array(certificateChainPEM.utf8))
        hash.update(data: [0])
        hash.update(data: Array(privateKeyPEM.utf8))
        fingerprint = Hexadecimal.text(Array(hash.finalize()))
        // The library compares the key with the certificate when it builds a context.
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        apply(to: &configuration)
        guard (try? NIOSSLContext(configuration: configuration)) != nil else { throw .mismatch }
    }

    func apply(to configuration: inout TLSConfiguration) {
        configuration.certificateChain = certificates.map { .certificate($0) }
        configuration.privateKey = .privateKey(privateKey)
    }
}

/// Why a text is no identity.
public enum ClientIdentityError: Error, Equatable, CustomStringConvertible {
    case tooLarge
    case certificates
    case privateKey
    case mismatch

    public var description: String {
        switch self {
        case .tooLarge: "is too large; accepted are at most \(ClientIdentity.maximumPEMBytes) bytes of PEM"
        case .certificates:
            "has no readable certificate; accepted is a chain in PEM, the client's own certificate first"
        case .privateKey: "has no readable private key; accepted is one in PEM without a passphrase"
        case .mismatch: "has a private key that does not belong to the first certificate"
        }
    }
}
