import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import HooklineWebhooks

/// TLS with a private authority, and tunnels.
struct SecureExchangeTests {
    private typealias Answer = ScriptedReceiver.Answer

    static func server(
        _ certificate: String = TestCertificates.server,
        _ key: String = TestCertificates.serverKey,
        _ change: (inout TLSConfiguration) throws -> Void = { _ in }
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
        )
        try change(&configuration)
        return try NIOSSLContext(configuration: configuration)
    }

    private func outcome(
        tls: NIOSSLContext,
        host: String = "receiver.test",
        client: WebhookClient,
        identity: ClientIdentity? = nil
    ) async throws -> (ExchangeOutcome, ScriptedReceiver.Seen) {
        let receiver = try await ScriptedReceiver([.ok], tls: tls)
        let outcome = await client.post(try receiver.url(scheme: "https", host: host), identity: identity)
        let seen = receiver.seen
        await client.shutdown()
        await receiver.stop()
        return (outcome, seen)
    }

    @Test(arguments: ["receiver.test", "RECEIVER.test", "127.0.0.1"])
    func verifiesTheCertificateForNamesAndAddresses(host: String) async throws {
        let (outcome, seen) = try await outcome(tls: Self.server(), host: host, client: .local())
        #expect(outcome.response?.status == 200)
        #expect(outcome.timings.tls > 0)
        #expect(seen.requests.count == 1)
    }

    @Test func keepsSecureConnections() async throws {
        let receiver = try await ScriptedReceiver([.ok], tls: Self.server())
        let client = try WebhookClient.local()
        let url = try receiver.url(scheme: "https", host: "receiver.test")
        for number in 0..<5 { #expect(await client.post(url).timings.reused == (number > 0)) }
        let body = String(repeating: "x", count: 300_000)
        #expect(await client.post(url, body: body).response?.status == 200)
        #expect(receiver.seen.connections == 1)
        await client.shutdown()
        await receiver.stop()
    }

    /// The certificate is one for 127.0.0.1 too, which is what the name resolves to: that must not count.
    @Test func refusesACertificateOfAnotherName() async throws {
        let (outcome, seen) = try await outcome(tls: Self.server(), host: "other.test", client: .local())
        #expect(outcome.failure == ExchangeFailure(kind: .tls, message: "the certificate is not one for other.test"))
        #expect(seen.requests.isEmpty)
    }

    @Test(arguments: [
        ("receiver.test", "receiver.test", true), ("Receiver.TEST", "receiver.test", true),
        ("*.test", "receiver.test", true),
        ("*.receiver.test", "receiver.test", false), ("*.test", "a.receiver.test", false),
        ("r*.test", "receiver.test", false),
        ("*", "receiver.test", false), ("*.receiver.test", ".receiver.test", false),
        ("receiver.test.", "receiver.test", false),
        ("receiver.test\u{0}.evil", "receiver.test", false), ("", "receiver.test", false),
        ("127.0.0.1", "127.0.0.2", false),
    ])
    func comparesNamesAsTheStandardSays(name: String, host: String, matches: Bool) {
        #expect(CertificateIdentity.matches(Array(name.utf8), host: Array(host.utf8)) == matches)
    }

    @Test func refusesAnExpiredCertificate() async throws {
        let tls = try Self.server(TestCertificates.expired, TestCertificates.expiredKey)
        let (outcome, seen) = try await outcome(tls: tls, client: .local())
        #expect(outcome.failure?.kind == .tls)
        #expect(outcome.failure?.message == "the certificate is not trusted: its issuer is unknown, or it has expired")
        #expect(seen.requests.isEmpty)
    }

    @Test func refusesAnUnknownAuthority() async throws {
        let client = try WebhookClient.local { $0.additionalTrustRoots = nil }
        let (outcome, seen) = try await outcome(tls: Self.server(), client: client)
        #expect(outcome.failure?.kind == .tls)
        #expect(seen.requests.isEmpty)
    }

    @Test func refusesOldVersionsOfTLS() async throws {
        let tls = try Self.server {
            $0.minimumTLSVersion = .tlsv1; $0.maximumTLSVersion = .tlsv11
        }
        let (outcome, _) = try await outcome(tls: tls, client: .local())
        #expect(outcome.failure?.kind == .tls)
    }

    @Test func showsItsIdentityWhereItHasOne() async throws {
        let demanding = try Self.server { configuration in
            let authority = try NIOSSLCertificate.fromPEMBytes(Array(TestCertificates.authority.utf8))
            configuration.trustRoots = .certificates(authority)
            configuration.certificateVerification = .noHostnameVerification
        }
        let identity = try ClientIdentity(
            certificateChainPEM: TestCertificates.client,
            privateKeyPEM: TestCertificates.clientKey
        )
        let (with, _) = try await outcome(tls: demanding, client: .local(), identity: identity)
        #expect(with.response?.status == 200)
        let (without, seen) = try await outcome(tls: demanding, client: .local())
        #expect(without.failure?.kind == .tls || without.failure?.kind == .reset)
        #expect(seen.requests.isEmpty)
    }

    @Test func identitiesDoNotShareConnections() async throws {
        let receiver = try await ScriptedReceiver([.ok], tls: Self.server())
        let client = try WebhookClient.local()
        let url = try receiver.url(scheme: "https", host: "receiver.test")
        let identity = try ClientIdentity(
            certificateChainPEM: TestCertificates.client,
            privateKeyPEM: TestCertificates.clientKey
        )
        #expect(await client.post(url).timings.reused == false)
        #expect(await client.post(url, identity: identity).timings.reused == false)
        #expect(await client.post(url, identity: identity).timings.reused == true)
        #expect(receiver.seen.connections == 2)
        await client.shutdown()
        await receiver.stop()
    }

    @Test func saysWhyATextIsNoIdentity() {
        let (certificate, key) = (TestCertificates.client, TestCertificates.clientKey)
        let cases: [(String, String, ClientIdentityError)] = [
            ("x", key, .certificates), (certificate, "x", .privateKey),
            (certificate, TestCertificates.serverKey, .mismatch),
            (String(repeating: "x", count: 65_537), key, .tooLarge),
        ]
        for (certificate, key, error) in cases {
            #expect(throws: error) { try ClientIdentity(certificateChainPEM: certificate, privateKeyPEM: key) }
        }
        #expect(throws: WebhookClientError.trustRoots) { try WebhookClient.local { $0.additionalTrustRoots = "x" } }
    }

    @Test func aReceiverThatSpeaksNoTLSIsAFailureOfTLS() async throws {
        let receiver = try await ScriptedReceiver([.ok])
        let client = try WebhookClient.local()
        let outcome = await client.post(
            try receiver.url(scheme: "https", host: "receiver.test"),
            deadline: .milliseconds(200)
        )
        #expect(outcome.failure == ExchangeFailure(kind: .timeout, message: "no TLS handshake within 200 ms"))
        await client.shutdown()
        await receiver.stop()
    }
}
