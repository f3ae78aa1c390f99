import AsyncHTTPClient
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix

/// A server over the network.
struct NetworkClient: Client {
    private let http: HTTPClient
    private let address: ServerAddress
    private let key: String

    var place: String { address.text }

    /// How long a connection may take to come about.
    static let connectTimeoutSeconds: Int64 = 10
    /// How long an answer may take. The longest wait that a request can ask for is 10 seconds.
    static let answerTimeoutSeconds: Int64 = 60
    /// The largest answer: a page of 500 results of experiments with 1,000 variants would be larger, others are not.
    static let maximumAnswerBytes = 256 * 1024 * 1024
    /// How many connections are open at a time.
    static let maximumConnections = 32

    /// The client must be closed with ``close()``.
    init(_ address: ServerAddress, key: String) {
        self.address = address
        self.key = key
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(Self.connectTimeoutSeconds)
        // A redirect would carry the key to another host.
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.maximumConnections
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async throws { try await http.shutdown() }

    func send(_ request: ClientRequest) async throws -> ClientAnswer {
        var outgoing = HTTPClientRequest(url: address.text + request.path)
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        outgoing.headers.add(name: "Authorization", value: "Bearer \(key)")
        outgoing.headers.add(name: "Accept", value: "application/json")
        if let type = request.contentType { outgoing.headers.add(name: "Content-Type", value: type) }
        if !request.body.isEmpty { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }
        do {
            let response = try await http.execute(outgoing, timeout: .seconds(Self.answerTimeoutSeconds))
            let body = try await response.body.collect(upTo: Self.maximumAnswerBytes)
            var headers = HTTPFields()
            for (name, value) in response.headers {
                if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
            }
            return ClientAnswer(
                status: Int(response.status.code),
                headers: headers,
                body: Array(body.readableBytesView)
            )
        } catch {
            throw explained(error)
        }
    }

    /// What an error of the network means to a user.
    private func explained(_ error: any Error) -> any Error {
        switch error {
        case is CancellationError, is ClientError: return error
        case let error as NIOConnectionError:
            guard let first = error.connectionErrors.first?.error else {
                return ClientError.unknownHost(place: place)
            }
            let code = (first as? IOError)?.errnoCode
            if code == ECONNREFUSED { return ClientError.connectionRefused(place: place) }
            return ClientError.cannotConnect(place: place, reason: "\(first)")
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout, .deadlineExceeded, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout:
                return ClientError.timedOut(place: place)
            case .tlsHandshakeTimeout: return ClientError.insecure(place: place, reason: "it does not speak TLS")
            case .remoteConnectionClosed: return ClientError.interrupted(place: place)
            case .cancelled: return CancellationError()
            default: return ClientError.cannotConnect(place: place, reason: "\(error)")
            }
        case is NIOTooManyBytesError: return ClientError.notHookline(place: place)
        case let error as IOError:
            let isRefused = error.errnoCode == ECONNREFUSED
            return isRefused ? ClientError.connectionRefused(place: place) : ClientError.interrupted(place: place)
        default:
            // The module of TLS is no dependency of this one, so its errors are known by their names only.
            let type = String(reflecting: type(of: error))
            guard type.hasPrefix("NIOSSL.") else {
                return type.hasPrefix("NIOHTTP1.")
                    ? ClientError.notHookline(place: place)
                    : ClientError.cannotConnect(place: place, reason: "\(error)")
            }
            return ClientError.insecure(place: place, reason: Self.reason(ofTLS: "\(error)"))
        }
    }

    private static func reason(ofTLS description: String) -> String {
        if description.contains("CERTIFICATE_VERIFY_FAILED") { return "its certificate is not trusted" }
        if description.contains("WRONG_VERSION_NUMBER") { return "it does not speak TLS; is it http:// ?" }
        if description.contains("failedToValidateHostname") || description.contains("unableToValidateCertificate") {
            return "its certificate is for another host"
        }
        return description
    }
}
