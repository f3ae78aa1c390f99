import HTTPTypes
import HooklineExperiments
import HooklinePrimitives
import Hummingbird

/// Features and saved groups, as the API shows them.
enum FeatureBody {
    /// What a part's own content is called.
    static func content(of kind: FeaturePart.Kind) -> String {
        switch kind {
        case .feature: "definition"
        case .savedGroup: "values"
        }
    }

    static func json(_ part: FeaturePart) -> JSON {
        .object([
            "key": JSON(part.key), content(of: part.kind): part.body, "version": JSON(part.version),
            "created_at": JSON(part.createdAt), "updated_at": JSON(part.updatedAt),
        ])
    }

    static func json(_ version: FeaturePartVersion) -> JSON {
        .object([
            "key": JSON(version.key), "version": JSON(version.version), "deleted": .bool(version.body == nil),
            content(of: version.kind): version.body ?? .null, "actor": .string(version.actor), "at": JSON(version.at),
        ])
    }

    static func json(_ written: FeatureWritten) -> JSON {
        [
            "kind": .string(written.kind.rawValue), "key": JSON(written.key),
            "status": .string(written.change.rawValue),
            "version": JSON(written.part?.version),
        ]
    }

    /// What a write depends on, as `If-Match` and `If-None-Match` say it (RFC 9110, section 13.1).
    ///
    /// - Throws: `FieldError` for anything but `"VERSION"` in the former and `*` in the latter.
    static func condition(of request: Request) throws(FieldError) -> FeatureCondition {
        if let text = request.headers[.ifMatch] {
            let digits = text.split(separator: "\"", omittingEmptySubsequences: false)
            guard digits.count == 3, digits[0].isEmpty, digits[2].isEmpty, let version = Int(digits[1]) else {
                throw FieldError(
                    field: "If-Match",
                    problem: "is not accepted; accepted is the version in quotes: \"3\""
                )
            }
            return .version(version)
        }
        if let text = request.headers[.ifNoneMatch] {
            guard text == "*" else {
                throw FieldError(
                    field: "If-None-Match",
                    problem: "is not accepted; accepted is *, for what is not there yet"
                )
            }
            return .isNew
        }
        return .none
    }
}
