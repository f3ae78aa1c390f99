import HooklinePrimitives
import HooklineStatistics

/// Results that are looked at together, with p-values that allow for looking at many.
///
/// The tests are all comparisons of a treatment with control that have a p-value, of all metrics and experiments; but for
/// metrics that were added when there were results to be seen, which are no part of what was set out to be shown.
struct AdjustedResults: Sendable {
    private(set) var results: [ExperimentResult]
    /// Over how many tests the p-values are adjusted.
    let tests: Int

    init(_ results: [ExperimentResult]) {
        self.results = results
        var pValues: [Double] = []
        for result in results {
            for metric in result.metrics where !metric.isAddedLater {
                pValues += metric.treatments.compactMap(\.pValue)
            }
        }
        tests = pValues.count
        var adjusted = BenjaminiHochberg.adjusted(pValues).makeIterator()
        for experiment in results.indices {
            for metric in results[experiment].metrics.indices
            where !results[experiment].metrics[metric].isAddedLater {
                for variant in results[experiment].metrics[metric].variants.indices {
                    let row = results[experiment].metrics[metric].variants[variant]
                    guard !row.isControl, row.pValue != nil else { continue }
                    self.results[experiment].metrics[metric].variants[variant].adjustedPValue = adjusted.next()
                }
            }
        }
    }

    // MARK: - Counts

    private var treatments: [VariantRow] { results.flatMap(\.metrics).flatMap(\.treatments) }

    /// How many tests are below 5 % when each is looked at alone.
    var significantAlone: Int { treatments.count { ($0.pValue ?? 1) < Self.level } }

    /// How many are below 5 % after the adjustment.
    var significantAdjusted: Int { treatments.count { ($0.adjustedPValue ?? 1) < Self.level } }

    /// How many comparisons have no p-value.
    var notTestable: Int { treatments.count { $0.pValue == nil } }

    /// How many experiments have a ratio of units that chance does not explain.
    var mismatches: Int { results.count { $0.sampleRatio.isMismatch } }

    static let level = 0.05

    // MARK: - JSON

    /// The answers of the server, in which each comparison has a member `p_value_adjusted`.
    var items: [JSON] { results.map(Self.json) }

    /// A list of results, with what the adjustment was.
    var list: JSON { ["items": .array(items), "next": nil, "adjustment": adjustment] }

    var adjustment: JSON { ["method": "benjamini_hochberg", "tests": JSON(tests)] }

    private static func json(_ result: ExperimentResult) -> JSON {
        var object = result.json
        // A metric that was asked for alone stands at the top as well, compared by its first treatment.
        if let name = object["metric"]?.string, let first = result[name]?.treatments.first {
            object = adding(first.adjustedPValue, to: object)
        }
        if let metrics = object["metrics"]?.array {
            let changed = zip(metrics, result.metrics).map { json, rows -> JSON in
                guard var metric = json.object, let variants = metric["variants"]?.array else { return json }
                metric["variants"] = .array(
                    zip(variants, rows.variants).map { variant, row in
                        guard !row.isControl, let members = variant.object else { return variant }
                        return .object(adding(row.adjustedPValue, to: members))
                    }
                )
                return .object(metric)
            }
            object["metrics"] = .array(changed)
        }
        return .object(object)
    }

    /// The member comes after `p_value`, to which it belongs.
    private static func adding(_ value: Double?, to object: JSONObject) -> JSONObject {
        var changed = JSONObject()
        for member in object {
            changed.append(member.key, member.value)
            if member.key == "p_value" { changed.append("p_value_adjusted", JSON(value)) }
        }
        return changed
    }
}
