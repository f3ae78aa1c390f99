import HooklinePrimitives

/// Results that are looked at together, with p-values that allow for looking at many.
///
/// The tests are all comparisons of a treatment with control that have a p-value, of the metrics and experiments that the
/// adjustment puts together; but for metrics that were added when there were results to be seen, which are no part of what was
/// set out to be shown.
struct AdjustedResults: Sendable {
    private(set) var results: [ExperimentResult]
    /// Over how many tests the p-values are adjusted.
    let tests: Int

    let adjustment: Adjustment

    init(_ results: [ExperimentResult], _ adjustment: Adjustment = Adjustment()) {
        self.results = results
        self.adjustment = adjustment
        let families: [Range<Int>] =
            adjustment.family == .experiment ? results.indices.map { $0..<$0 + 1 } : [results.indices]
        var count = 0
        for family in families {
            var pValues: [Double] = []
            for metric in results[family].flatMap(\.metrics) where adjustment.includes(metric) {
                pValues += metric.treatments.compactMap(\.pValue)
            }
            count += pValues.count
            var adjusted = adjustment.method.adjusted(pValues).makeIterator()
            for experiment in family { self.results[experiment].adjust(adjustment) { adjusted.next() } }
        }
        tests = count
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
    var list: JSON { ["items": .array(items), "next": nil, "adjustment": adjustmentJSON] }

    var adjustmentJSON: JSON {
        [
            "method": .string(adjustment.method.rawValue.replacing("-", with: "_")),
            "family": .string(adjustment.family.rawValue), "tests": JSON(tests),
        ]
    }

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

extension ExperimentResult {
    /// Gives each test of a family its adjusted p-value, in their order.
    fileprivate mutating func adjust(_ adjustment: Adjustment, _ next: () -> Double?) {
        for metric in metrics.indices where adjustment.includes(metrics[metric]) {
            for variant in metrics[metric].variants.indices {
                let row = metrics[metric].variants[variant]
                guard !row.isControl, row.pValue != nil else { continue }
                metrics[metric].variants[variant].adjustedPValue = next()
            }
        }
    }
}
