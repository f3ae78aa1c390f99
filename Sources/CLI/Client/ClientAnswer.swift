import HTTPTypes
import HooklinePrimitives

/// The answer to one request.
struct ClientAnswer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: [UInt8]

    var isSuccess: Bool { (200..<300).contains(status) }

    /// Whether the same request may succeed later.
    var isTemporary: Bool { status == 429 || status == 503 }

    /// How long the server wants to be left alone; nil where it does not say in seconds.
    var retryAfterSeconds: Int? {
        headers[.retryAfter].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }

    /// - Throws: `ClientError.notHookline` for a body that is no JSON.
    func json(from place: String) throws(ClientError) -> JSON {
        do {
            return try JSON.parse(body)
        } catch {
            throw .notHookline(place: place)
        }
    }
}
