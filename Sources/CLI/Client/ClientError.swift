import HooklinePrimitives

/// Why a command could not do what it was asked for.
enum ClientError: Error, Equatable {
    /// The server answered that it did not do it.
    case refused(ServerProblem, place: String)
    /// There is no key to send.
    case keyMissing(place: String)
    /// Nothing listens there.
    case connectionRefused(place: String)
    case unknownHost(place: String)
    case cannotConnect(place: String, reason: String)
    /// The certificate is not accepted, or the other side speaks no TLS.
    case insecure(place: String, reason: String)
    case timedOut(place: String)
    /// The connection ended before the answer did.
    case interrupted(place: String)
    /// What answers is no Hookline.
    case notHookline(place: String)
    /// A file or an argument cannot be used.
    case unusable(String)
}

extension ClientError {
    /// What to tell the user, one line or two.
    var lines: [String] {
        switch self {
        case .refused(let problem, let place): Self.refusal(problem, place)
        case .keyMissing(let place):
            ["\(place) needs a key: set HOOKLINE_KEY, or give a file with --key-file"]
        case .connectionRefused(let place):
            ["nothing listens at \(place): is the server running? It is started by 'hookline serve'"]
        case .unknownHost(let place): ["the host of \(place) is not known"]
        case .cannotConnect(let place, let reason): ["cannot connect to \(place): \(reason)"]
        case .insecure(let place, let reason): ["no secure connection to \(place): \(reason)"]
        case .timedOut(let place): ["\(place) did not answer in time; the request may have been done or not"]
        case .interrupted(let place):
            ["\(place) closed the connection before it answered; the request may have been done or not"]
        case .notHookline(let place): ["what answers at \(place) is no Hookline server"]
        case .unusable(let problem): [problem]
        }
    }

    private static func refusal(_ problem: ServerProblem, _ place: String) -> [String] {
        switch problem.status {
        case _ where problem.code == nil:
            ["\(place) answers with the status \(problem.status), not as a Hookline server does"]
        case 401:
            ["\(place) does not accept the key: give another by HOOKLINE_KEY or --key-file (\(problem.detail))"]
        default: problem.lines
        }
    }

    /// Whether the same request may succeed when it is sent again.
    var isTemporary: Bool {
        switch self {
        case .refused(let problem, _): problem.status == 429 || problem.status == 503
        case .connectionRefused, .cannotConnect, .timedOut, .interrupted: true
        case .keyMissing, .unknownHost, .insecure, .notHookline, .unusable: false
        }
    }
}
