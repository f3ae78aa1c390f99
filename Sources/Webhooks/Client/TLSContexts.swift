import NIOCore
import NIOSSL
import Synchronization

/// The TLS settings of connections, one context for each client identity. A context holds the trusted certificates, so it
/// is dear to make (milliseconds) and shared by all connections.
final class TLSContexts: Sendable {
    static let maximumContexts = 256
    /// How long a receiver may take to say goodbye before the connection is closed without.
    private static let goodbyeMilliseconds: Int64 = 1000

    private let additionalTrustRoots: [NIOSSLCertificate]
    private let anonymous: NIOSSLContext
    private let byIdentity = Mutex<[String: NIOSSLContext]>([:])

    /// Reads the additional roots, from PEM, and those of the system.
    init(additionalTrustRoots pem: String?) throws(WebhookClientError) {
        var roots: [NIOSSLCertificate] = []
        if let pem {
            guard let certificates = try? NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)), !certificates.isEmpty else {
                throw .trustRoots
            }
            roots = certificates
        }
        additionalTrustRoots = roots
        do {
            anonymous = try NIOSSLContext(configuration: Self.configuration(roots))
        } catch {
            throw .tls(problem: "\(error)")
        }
    }

    func context(for identity: ClientIdentity?) throws -> NIOSSLContext {
        guard let identity else { return anonymous }
        if let context = byIdentity.withLock({ $0[identity.fingerprint] }) { return context }
        // Made outside of the lock: two connections may make the same at once, and one is kept.
        var configuration = Self.configuration(additionalTrustRoots)
        identity.apply(to: &configuration)
        let context = try NIOSSLContext(configuration: configuration)
        byIdentity.withLock { contexts in
            if contexts.count >= Self.maximumContexts { contexts = [:] }
            contexts[identity.fingerprint] = context
        }
        return context
    }

    private static func configuration(_ roots: [NIOSSLCertificate]) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        // The chain. That the certificate is one for the host is checked before a request is sent: `CertificateIdentity`.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .default
        if !roots.isEmpty { configuration.additionalTrustRoots = [.certificates(roots)] }
        configuration.applicationProtocols = ["http/1.1"]
        configuration.renegotiationSupport = .none
        configuration.shutdownTimeout = .milliseconds(goodbyeMilliseconds)
        return configuration
    }
}
