import HooklineExperiments
import HooklinePrimitives

/// The fold of an experiment beside its recount, as it is answered.
enum RecountBody {
    static func json(_ report: RecountReport) -> JSON {
        [
            "experiment_id": JSON(report.experiment),
            "version": JSON(report.version),
            "position": JSON(report.position),
            "events": JSON(report.events),
            "units": JSON(report.units),
            "compared": JSON(report.compared),
            "not_compared": .array(report.notCompared.map { JSON($0) }),
            "different": JSON(report.differences.count),
            "differences": .array(
                report.differences.prefix(maximumDifferences).map { difference in
                    [
                        "subject": .string(difference.subject), "variant": JSON(difference.variant),
                        "slice": JSON(difference.slice), "folded": .string(difference.folded),
                        "recounted": .string(difference.recounted),
                    ]
                }
            ),
        ]
    }

    /// More are counted, not listed.
    private static let maximumDifferences = 100
}
