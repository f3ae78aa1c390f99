/// The limits of the edge. Each protects the process from one client, or from all of them together.
public enum ServerLimits {
    /// The longest request body. A longer one is answered with 413, whether its length was announced or not.
    public static let maximumBodyBytes = 4 * 1024 * 1024
    /// The most requests that are worked on at a time. One more is answered with 503 and `Retry-After`.
    public static let maximumConcurrentRequests = 512
    /// The most bytes of bodies that are held at a time. A request that would need more is answered with 503.
    public static let maximumBufferedBodyBytes = 128 * 1024 * 1024
    /// The most open connections. Further ones wait in the kernel's queue.
    public static let maximumConnections = 4096
    /// The most streams of changes of features, each of which holds a connection.
    public static let maximumFeatureStreams = 2048
    /// The longest queue of connections that the kernel has accepted and the server has not.
    public static let connectionBacklog = 1024
    /// The largest head of a request: all header fields together.
    public static let maximumHeaderBytes = 16 * 1024
    /// The most header fields of a request.
    public static let maximumHeaderFields = 100
    /// A connection is closed after so long without a byte from the client while it owes one.
    public static let idleTimeoutSeconds: Int64 = 60
    /// A request must have arrived so soon after its head, however steadily its bytes drip.
    public static let requestReadTimeoutSeconds: Int64 = 60
    /// After so long a graceful shutdown no longer waits for requests and workers.
    public static let gracefulShutdownTimeoutSeconds: Int64 = 20
    /// The longest `X-Request-Id` that is taken over from a client.
    public static let maximumRequestIDBytes = 128
    /// How long a browser may keep the answer to a preflight.
    public static let preflightMaximumAgeSeconds = 600
}
