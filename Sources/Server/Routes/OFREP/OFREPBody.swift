import HooklineExperiments
import HooklinePrimitives

/// Requests and answers of the OpenFeature Remote Evaluation Protocol, 0.3.
enum OFREPBody {
    /// The context of a request. Its `targetingKey` is the viewer's `id`, unless the context has one of its own.
    ///
    /// - Throws: `OFREPError`.
    static func context(_ body: JSON) throws(OFREPError) -> EvaluationContext {
        guard let body = body.object else { throw .parse("The body is no object.") }
        return try context(in: body)
    }

    static func context(in body: JSONObject) throws(OFREPError) -> EvaluationContext {
        guard let context = body["context"] else { throw .invalidContext("The body has no 'context'.") }
        guard var attributes = context.object else { throw .invalidContext("'context' is no object.") }
        if let key = attributes["targetingKey"], !key.isNull {
            guard case .string = key else { throw .invalidContext("'context.targetingKey' is no text.") }
            if attributes[EvaluationContext.userAttribute]?.isNull ?? true {
                attributes[EvaluationContext.userAttribute] = key
            }
        }
        return EvaluationContext(attributes: .object(attributes))
    }

    /// A flag's value. One that has none, as a prerequisite is not met, leaves it to the program.
    static func json(_ answer: FeatureAnswer) -> JSONObject {
        var json: JSONObject = ["key": JSON(answer.key), "reason": .string(reason(of: answer).rawValue)]
        json.append("variant", .string(variant(of: answer.result)))
        let value = answer.value
        if !value.isNull { json.append("value", value) }
        var metadata: JSONObject = ["source": .string(answer.result.source.rawValue)]
        if !answer.result.ruleID.isEmpty { metadata.append("rule", .string(answer.result.ruleID)) }
        if let experiment = answer.result.experiment { metadata.append("experiment", .string(experiment.key)) }
        json.append("metadata", .object(metadata))
        return json
    }

    static func json(_ error: OFREPError, key: Identifier) -> JSONObject {
        ["key": JSON(key), "errorCode": .string(error.code), "errorDetails": .string(error.details)]
    }

    private enum Reason: String {
        case `static` = "STATIC"
        case targetingMatch = "TARGETING_MATCH"
        case split = "SPLIT"
        case disabled = "DISABLED"
    }

    /// The protocol has five reasons, and none for a default value behind rules: that, too, is what rules came to.
    private static func reason(of answer: FeatureAnswer) -> Reason {
        switch answer.result.source {
        case .experiment: .split
        case .force, .override: answer.result.isDealtOut ? .split : .targetingMatch
        case .defaultValue: answer.hasRules ? .targetingMatch : .static
        case .prerequisite, .cyclicPrerequisite, .unknownFeature: .disabled
        }
    }

    /// Always sent: there are clients that fail without.
    private static func variant(of result: FeatureResult) -> String {
        if let experiment = result.experimentResult { return experiment.key }
        return switch result.source {
        case .force, .override: result.ruleID.isEmpty ? "forced" : result.ruleID
        case .defaultValue, .experiment: "default"
        case .prerequisite, .cyclicPrerequisite, .unknownFeature: "none"
        }
    }
}

/// What a flag has no value for.
enum OFREPError: Error, Equatable {
    case parse(String)
    case invalidContext(String)
    case targetingKeyMissing(Identifier)
    case flagNotFound(Identifier)
    case general(String)

    init(_ error: FeatureEvaluationError) {
        self =
            switch error {
            case .unknownFeature(let key): .flagNotFound(key)
            case .userMissing(let key): .targetingKeyMissing(key)
            }
    }

    /// OpenFeature's names of all.
    static let codes = ["PARSE_ERROR", "INVALID_CONTEXT", "TARGETING_KEY_MISSING", "FLAG_NOT_FOUND", "GENERAL"]

    var code: String {
        switch self {
        case .parse: "PARSE_ERROR"
        case .invalidContext: "INVALID_CONTEXT"
        case .targetingKeyMissing: "TARGETING_KEY_MISSING"
        case .flagNotFound: "FLAG_NOT_FOUND"
        case .general: "GENERAL"
        }
    }

    var details: String {
        switch self {
        case .parse(let details), .invalidContext(let details), .general(let details): details
        case .targetingKeyMissing(let key):
            "'\(ErrorResponse.echoed(key.text))' is dealt out by the viewer; send 'context.targetingKey'."
        case .flagNotFound(let key): "There is no feature '\(ErrorResponse.echoed(key.text))'."
        }
    }
}
