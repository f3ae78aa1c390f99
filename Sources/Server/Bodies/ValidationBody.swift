import HooklineExperiments
import HooklinePrimitives
import HooklineStatistics

/// What became of an experiment's units when they were dealt out anew, as it is answered.
enum ValidationBody {
    static func json(_ report: ValidationReport) -> JSON {
        [
            "experiment_id": JSON(report.experiment),
            "version": JSON(report.version),
            "units": JSON(report.units),
            "runs": JSON(report.request.runs),
            "looks": JSON(report.request.looks),
            "seed": JSON(Int64(report.request.seed)),
            "broken": .bool(report.isBroken),
            "rates": .array(report.rates.map(json)),
        ]
    }

    private static func json(_ rate: ValidationReport.Rate) -> JSON {
        [
            "event": .string(rate.event.rawValue),
            "metric": JSON(rate.metric),
            "hits": JSON(rate.observed.hits),
            "rate": .number(rate.observed.share),
            "interval": [
                .number(rate.observed.lowerLimit(confidence: 0.995)),
                .number(rate.observed.upperLimit(confidence: 0.995)),
            ],
            "promise": .number(rate.promise),
            "broken": .bool(rate.isBroken),
        ]
    }
}
