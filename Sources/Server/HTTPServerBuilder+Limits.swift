public import HummingbirdCore
import NIOCore

extension HTTPServerBuilder {
    /// HTTP/1.1 with the limits of `ServerLimits` on each connection.
    public static func limitedHTTP1() -> HTTPServerBuilder {
        .http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [ConnectionLimitHandler()],
                idleTimeout: .seconds(ServerLimits.idleTimeoutSeconds),
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: ServerLimits.maximumHeaderBytes,
                    maxHeaderListSize: ServerLimits.maximumHeaderBytes,
                    maxHeaderFieldCount: ServerLimits.maximumHeaderFields
                )
            )
        )
    }
}
