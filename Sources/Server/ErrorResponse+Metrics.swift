import HTTPTypes
import HooklinePrimitives

/// What the edge answers to the errors of named metrics.
extension ErrorResponse {
    static func metricUnknown(_ id: Identifier) -> Problem {
        Problem(.notFound, "metric_unknown", "No such metric", "There is no metric '\(echoed(id.text))'.")
            .adding { $0.field = "metric_id" }
    }

    static func metricVersionUnknown(_ id: Identifier, _ version: Int, latest: Int) -> Problem {
        Problem(
            .notFound,
            "metric_version_unknown",
            "No such version",
            "The metric '\(echoed(id.text))' has no version \(version); accepted: 1 to \(latest)."
        )
        .adding {
            $0.field = "version"
            $0.accepted = "1 to \(latest)"
        }
    }

    static func metricExists(_ id: Identifier) -> Problem {
        Problem(
            .conflict,
            "metric_exists",
            "Metric exists",
            "There is a metric '\(echoed(id.text))', which may be archived. Change or restore it, or take another id."
        )
        .adding { $0.field = "id" }
    }

    static func metricArchived(_ id: Identifier) -> Problem {
        Problem(
            .conflict,
            "metric_archived",
            "Metric archived",
            "The metric '\(echoed(id.text))' is archived; accepted is a change of one that is not. Restore it first."
        )
        .adding { $0.field = "metric_id" }
    }
}
