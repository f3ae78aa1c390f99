import HTTPTypes
import HooklineExperiments
import HooklinePrimitives

/// What the edge answers to the errors of features.
extension ErrorResponse {
    static func feature(_ error: FeatureError) -> Problem {
        switch error {
        case .unknown(let kind, let key):
            Problem(
                .notFound,
                "\(kind.rawValue)_unknown",
                "No such \(kind.noun)",
                "There is no \(kind.noun) '\(echoed(key.text))'."
            )
            .adding { $0.field = "key" }
        case .unknownVersion(let kind, let key, let version, let latest):
            Problem(
                .notFound,
                "\(kind.rawValue)_version_unknown",
                "No such version",
                "The \(kind.noun) '\(echoed(key.text))' has no version \(version); accepted: 1 to \(latest)."
            )
            .adding {
                $0.field = "version"
                $0.accepted = "1 to \(latest)"
            }
        case .otherVersion(let kind, let key, let current):
            Problem(
                .preconditionFailed,
                "other_version",
                "Not as expected",
                current.map { "The \(kind.noun) '\(echoed(key.text))' stands at version \($0)." }
                    ?? "There is no \(kind.noun) '\(echoed(key.text))'."
            )
            .adding { $0.members["version"] = JSON(current) }
        case .tooMany(let kind, let maximum):
            Problem(.conflict, "too_many", "Too many", "There are at most \(maximum) of the kind '\(kind.noun)'.")
        case .inUse(let kind, let key, let problem):
            Problem(
                .conflict,
                "in_use",
                "In use",
                "The \(kind.noun) '\(echoed(key.text))' cannot go: \(problem)."
            )
            .adding { $0.field = "key" }
        case .invalidCursor: invalid(field: "cursor", "cursor is none that a page gave out as 'next'")
        }
    }

    static func evaluation(_ error: FeatureEvaluationError) -> Problem { ofrep(OFREPError(error)) }
}

extension FeaturePart.Kind {
    var noun: String {
        switch self {
        case .feature: "feature"
        case .savedGroup: "saved group"
        }
    }
}
