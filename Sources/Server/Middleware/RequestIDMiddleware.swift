import HTTPTypes
import Hummingbird
import Logging

/// Gives every request an id, which its answer, its log lines and its problem details carry, and a logger.
struct RequestIDMiddleware: RouterMiddleware {
    typealias Context = HooklineRequestContext
    let logger: Logger

    func handle(
        _ request: Request,
        context: Context,
        next: NextResponder
    ) async throws -> Response {
        let id = request.headers[.requestID].flatMap(Self.accepted) ?? Self.made()
        var context = context
        context.requestID = id
        context.logger = logger
        var response = try await next(request, context)
        response.headers[.requestID] = id
        return response
    }

    /// A client's id is taken over where it is short and of visible ASCII characters: it goes to logs and headers.
    private static func accepted(_ id: String) -> String? {
        let isGood =
            (1...ServerLimits.maximumRequestIDBytes).contains(id.utf8.count)
            && id.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isGood ? id : nil
    }

    /// 128 random bits in hexadecimal.
    private static func made() -> String {
        func word() -> String {
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return word() + word()
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name("X-Request-Id")!
}
