import HooklineEvents
import HooklinePrimitives
import Hummingbird

/// The answer to something that was appended to the log: 202, or 422 where nothing of it was valid.
struct AcceptedBody {
    let result: AppendResult
    let rejected: [Rejection]

    func response(isEmptyRequest: Bool) throws -> Response {
        let isRefused = result.accepted == 0 && result.duplicates == 0 && !isEmptyRequest
        guard !isRefused else { throw NothingAccepted(rejected: rejected) }
        return Response(status: .accepted, json: .object(members))
    }

    private var members: JSONObject {
        [
            "accepted": JSON(result.accepted),
            "duplicates": JSON(result.duplicates),
            "rejected": .array(rejected.map(\.json)),
            "position": JSON(result.position),
        ]
    }
}

/// No member of a list in a body was valid.
struct NothingAccepted: Error {
    let rejected: [Rejection]
}
