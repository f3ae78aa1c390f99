import HooklinePrimitives

/// The answer of `/results` for one experiment.
struct ExperimentResult: Sendable {
    let id: String
    let name: String
    let state: String
    let version: Int64
    let isFinal: Bool
    /// Whether everything that was sent before is counted.
    let isComplete: Bool
    let sampleRatio: SampleRatio
    /// Whether the moment was there at which it was planned to be read, in words.
    let plannedRead: String
    /// What is to be done, and why; nil where one metric was asked for.
    let decision: Decision?
    /// Why numbers should not be taken as they stand.
    let trust: [TrustWarning]
    var metrics: [MetricRows]
    /// The server's own words, into which the adjusted p-values are put.
    let json: JSONObject

    struct MetricRows: Sendable {
        let metric: String
        let kind: String
        var role: String
        let isAddedLater: Bool
        let isBeingBuilt: Bool
        let openUnits: Int64
        let includesOpen: Bool
        let warnings: [String]
        var variants: [VariantRow]
        let slices: [(name: String, variants: [VariantRow])]

        var control: VariantRow? { variants.first(where: \.isControl) }
        var treatments: [VariantRow] { variants.filter { !$0.isControl } }
    }

    struct Decision: Sendable {
        let verdict: String
        let variant: String?
        let reasons: [String]

        /// `ship question`, `keep running`
        var text: String { verdict.replacing("_", with: " ") + (variant.map { " \($0)" } ?? "") }

        init?(_ json: JSON?) {
            guard let verdict = json?["verdict"]?.string else { return nil }
            self.verdict = verdict
            variant = json?["variant"]?.string
            reasons = (json?["reasons"]?.array ?? []).compactMap(\.string)
        }
    }

    struct TrustWarning: Sendable {
        let text: String
        let check: String

        init(_ json: JSON) {
            text = json["text"]?.string ?? ""
            check = json["check"]?.string ?? ""
        }
    }

    struct SampleRatio: Sendable {
        let status: String
        let pValue: Double?
        let log10PValue: Double?

        var isMismatch: Bool { status == "mismatch" }

        /// `ok (p 0.41)`
        var text: String {
            let p = pValue.map { " (p \(NumberText.pValue($0, log10: log10PValue)))" } ?? ""
            return status.replacing("_", with: " ") + p
        }
    }

    /// - Throws: `ClientError.notHookline` for an answer of another form.
    init(_ json: JSON, from place: String) throws(ClientError) {
        guard let object = json.object, let id = json["experiment_id"]?.string, let metrics = json["metrics"]?.array
        else {
            throw .notHookline(place: place)
        }
        self.id = id
        self.json = object
        name = json["name"]?.string ?? id
        state = json["state"]?.string ?? ""
        version = json["version"]?.integer ?? 1
        isFinal = json["final"]?.bool ?? false
        isComplete = json["complete"]?.bool ?? true
        let ratio = json["sample_ratio"]
        sampleRatio = SampleRatio(
            status: ratio?["status"]?.string ?? "not_checked",
            pValue: ratio?["p_value"]?.double,
            log10PValue: ratio?["log10_p_value"]?.double
        )
        plannedRead = Self.text(json["planned_read"])
        decision = Decision(json["decision"])
        trust = (json["trust"]?.array ?? []).map(TrustWarning.init)
        self.metrics = metrics.map { metric in
            MetricRows(
                metric: metric["metric"]?.string ?? "",
                kind: metric["kind"]?.string ?? "",
                role: metric["role"]?.string ?? "goal",
                isAddedLater: metric["added_later"]?.bool ?? false,
                isBeingBuilt: metric["being_built"]?.bool ?? false,
                openUnits: metric["open_units"]?.integer ?? 0,
                includesOpen: metric["includes_open"]?.bool ?? false,
                warnings: (metric["warnings"]?.array ?? []).compactMap(\.string),
                variants: (metric["variants"]?.array ?? []).map(VariantRow.init),
                slices: (metric["slices"]?.array ?? []).map { slice in
                    let name = slice["value"]?.string ?? (slice["other"]?.bool == true ? "(other)" : "(none)")
                    return (name, (slice["variants"]?.array ?? []).map(VariantRow.init))
                }
            )
        }
    }

    private static func text(_ read: JSON?) -> String {
        switch read?["status"]?.string {
        case "concluded": "read at its end"
        case "now": "read now, as asked"
        case "look": "read at look \(read?["number"]?.integer ?? 0)\(read?["last"]?.bool == true ? ", the last" : "")"
        default: "not read yet"
        }
    }

    /// The rows of a metric; nil where there is none of that name.
    subscript(metric: String) -> MetricRows? { metrics.first { $0.metric == metric } }
}
