import HooklinePrimitives

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Whether the signature of a request was right.
enum SinkVerification: Sendable, Equatable {
    /// The sink knows no secret.
    case notAsked
    case verified
    case refused(String)
}

/// One request, as a sink tells of it.
struct SinkRequest: Sendable {
    let receivedAt: Timestamp
    let method: String
    let path: String
    /// `webhook-id`
    let id: String?
    let type: String?
    let visit: SinkLedger.Visit
    let verification: SinkVerification
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    /// `10:00:00.123  msg_1  video.created  attempt 2  verified  204`
    func line(_ style: Style) -> String {
        let time = receivedAt.description.dropFirst(11).prefix(12)
        var words = [
            String(time), (id ?? "-").withoutControls, (type ?? "-").withoutControls, "attempt \(visit.attempt)",
        ]
        switch verification {
        case .notAsked: words.append("-")
        case .verified: words.append("verified")
        case .refused(let reason): words.append(style(.red, "NOT VERIFIED (\(reason.withoutControls))"))
        }
        words.append(style(visit.answer.isSuccess ? .green : .yellow, visit.answer.text))
        if visit.isDuplicate { words.append(style(.yellow, "DUPLICATE")) }
        return words.joined(separator: "  ")
    }

    var json: JSONObject {
        var object: JSONObject = [
            "time": JSON(receivedAt), "method": .string(method), "path": .string(path), "id": JSON(id),
            "type": JSON(type), "attempt": JSON(visit.attempt), "duplicate": .bool(visit.isDuplicate),
        ]
        switch verification {
        case .notAsked: object["verified"] = .null
        case .verified: object["verified"] = true
        case .refused(let reason):
            object["verified"] = false
            object["problem"] = .string(reason)
        }
        switch visit.answer {
        case .status(let status): object["answer"] = JSON(status)
        case .fault(let fault): object["answer"] = .string(fault.rawValue)
        }
        return object
    }

    /// The same with all that was received.
    var record: JSONObject {
        var object = json
        object["headers"] = .array(headers.map { [.string($0.name), .string($0.value)] })
        if let text = String(validating: body, as: UTF8.self) {
            object["body"] = .string(text)
        } else {
            object["body_base64"] = .string(Data(body).base64EncodedString())
        }
        return object
    }
}
