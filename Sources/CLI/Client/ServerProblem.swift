import HTTPTypes
import HooklinePrimitives

/// What a server says about a request that it did not do (RFC 9457).
struct ServerProblem: Sendable, Equatable {
    let status: Int
    /// `wrong_state`; nil where the answer was none of Hookline's.
    let code: String?
    let detail: String
    let field: String?
    let accepted: String?
    let requestID: String?
    /// All of what was answered.
    let document: JSON

    init(
        status: Int,
        code: String?,
        detail: String,
        field: String? = nil,
        accepted: String? = nil,
        requestID: String? = nil,
        document: JSON = .null
    ) {
        (self.status, self.code, self.detail) = (status, code, detail)
        (self.field, self.accepted, self.requestID) = (field, accepted, requestID)
        self.document = document
    }

    /// Reads an answer. One that is no problem document, as of a proxy in between, is described by its status.
    init(_ answer: ClientAnswer) {
        let document = (try? JSON.parse(answer.body))?.object
        let title = document?["title"]?.string
        self.init(
            status: answer.status,
            code: document?["code"]?.string,
            detail: document?["detail"]?.string ?? title ?? "",
            field: document?["field"]?.string.flatMap { $0.isEmpty ? nil : $0 },
            accepted: document?["accepted"]?.string.flatMap { $0.isEmpty ? nil : $0 },
            requestID: document?["request_id"]?.string ?? answer.headers[Self.requestIDHeader],
            document: document.map { .object($0) } ?? .null
        )
    }

    /// One or two lines: what was wrong with which field, and what is accepted, as far as that is not said yet.
    var lines: [String] {
        let what = detail.isEmpty ? "the answer has the status \(status)" : detail
        // Other problems are whole sentences, in which the field goes without saying.
        let isAboutField = status == 400 || status == 422
        let subject = field.flatMap { isAboutField && !what.contains($0) ? "\($0): " : nil } ?? ""
        var more: [String] = []
        if let accepted, !what.contains(accepted) { more.append("accepted: \(accepted)") }
        if let requestID { more.append("request \(requestID)") }
        return ["\(subject)\(what)"] + (more.isEmpty ? [] : [more.joined(separator: "; ")])
    }

    private static let requestIDHeader = HTTPField.Name("X-Request-Id")!
}
