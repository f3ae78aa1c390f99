import HooklinePrimitives

/// A named metric, as it is shown.
enum MetricView {
    static func show(_ json: JSON, as format: OutputOptions.Format, on console: Console) {
        guard format == .table else { return console.show(json) }
        console.show(pairs(json))
    }

    static func pairs(_ json: JSON) -> [(name: String, value: String)] {
        let last = ["created_at", "updated_at", "archived_at"]
        var pairs: [(name: String, value: String)] = []
        for member in json.object ?? [:] where !last.contains(member.key) {
            let value = text(member.value)
            if !value.isEmpty { pairs.append((member.key.replacing("_", with: " "), value)) }
        }
        for name in last {
            let value = DeliveryView.second(json[name])
            if !value.isEmpty { pairs.append((String(name.dropLast("_at".count)), value)) }
        }
        return pairs
    }

    /// The experiments that use it.
    static func pairs(usages: [JSON]) -> [(name: String, value: String)] {
        guard !usages.isEmpty else { return [] }
        let names = usages.map { usage in
            "\(text(usage["experiment_id"])) (its version \(text(usage["version"])) uses \(text(usage["metric_version"])))"
        }
        return [("used by", names.joined(separator: ", "))]
    }

    static func table(_ metrics: [JSON]) -> Table {
        var table = Table([
            .text("metric", isElastic: true), .text("kind"), .text("measures", isElastic: true), .text("role"),
            .number("version"), .text("updated"), .text("archived"),
        ])
        for json in metrics {
            table.add([
                text(json["id"]), text(json["kind"]), measures(json), text(json["role"]), text(json["version"]),
                DeliveryView.second(json["updated_at"]), DeliveryView.second(json["archived_at"]),
            ])
        }
        return table
    }

    static func versionTable(_ versions: [JSON]) -> Table {
        var table = Table([
            .number("version"), .text("kind"), .text("measures", isElastic: true), .text("role"),
            .text("description", isElastic: true), .text("created"),
        ])
        for json in versions {
            table.add([
                text(json["version"]), text(json["kind"]), measures(json), text(json["role"]),
                text(json["description"]), DeliveryView.second(json["created_at"]),
            ])
        }
        return table
    }

    /// What it looks at, in a few words: `watch seconds, window 604800 s`.
    private static func measures(_ json: JSON) -> String {
        let events: [JSON?] =
            switch json["kind"] {
            case "ratio": [json["numerator"]?["event"], json["denominator"]?["event"]]
            case "funnel": (json["steps"]?.array ?? []).map { $0["event"] }
            default: [json["event"]]
            }
        var parts = [events.map(text).filter { !$0.isEmpty }.joined(separator: json["kind"] == "ratio" ? " / " : " > ")]
        if let property = json["property"] { parts[0] += " \(text(property))" }
        if let window = json["window_seconds"] { parts.append("window \(text(window)) s") }
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private static func text(_ json: JSON?) -> String { ExperimentView.text(json) }
}
