import NIOCore
import NIOSSL

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Errors of the network as a few words for people.
enum ErrorText {
    static let maximumCharacters = 160

    static func short(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case ChannelError.connectTimeout: "no answer in time"
        case ChannelError.eof, ChannelError.alreadyClosed, ChannelError.ioOnClosedChannel: "the connection was closed"
        case NIOSSLError.uncleanShutdown: "the connection was closed during the TLS handshake"
        case NIOSSLError.handshakeFailed(let reason): handshake("\(reason)")
        default: cut("\(error)")
        }
    }

    /// Whether the other side ended TLS with an alert. One that only forgot to say goodbye did not.
    static func isTLS(_ error: any Error) -> Bool {
        if case NIOSSLError.uncleanShutdown = error { return false }
        return error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
    }

    private static func handshake(_ reason: String) -> String {
        if reason.contains("CERTIFICATE_VERIFY_FAILED") {
            return "the certificate is not trusted: its issuer is unknown, or it has expired"
        }
        return cut("the TLS handshake failed: \(reason)")
    }

    private static func cut(_ text: String) -> String {
        text.count <= maximumCharacters ? text : text.prefix(maximumCharacters) + "..."
    }
}
