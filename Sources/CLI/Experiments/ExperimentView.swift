import HooklinePrimitives

/// An experiment, as it is shown.
enum ExperimentView {
    static func show(_ json: JSON, as format: OutputOptions.Format, on console: Console) {
        guard format == .table else { return console.show(json) }
        console.show(pairs(json))
        if let note = json["note"]?.string { console.note(note) }
    }

    static func pairs(_ json: JSON) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = [
            ("id", text(json["id"])), ("name", text(json["name"])), ("state", text(json["state"])),
            ("version", text(json["version"])), ("unit", unit(json["unit"])),
            ("variants", (json["variants"]?.array ?? []).map(variant).joined(separator: ", ")),
            ("control", text(json["control"])),
            ("metrics", (json["metrics"]?.array ?? []).map(metric).joined(separator: ", ")),
            ("coverage", percent(json["coverage"])), ("seed", text(json["seed"])),
        ]
        if let plan = json["plan"]?.object {
            let parts = plan.filter { $0.value != .null }.map { "\($0.key)=\(text($0.value))" }
            pairs.append(("plan", parts.joined(separator: ",")))
        }
        if json["halt_on_breach"] == true { pairs.append(("halt on breach", "yes")) }
        for arm in json["halted"]?.array ?? [] {
            pairs.append(("halted", "\(text(arm["variant"])), \(text(arm["at"])): \(text(arm["reason"]))"))
        }
        for name in ["description", "winner", "created_at", "started_at", "concluded_at"] {
            let value = text(json[name])
            if !value.isEmpty { pairs.append((name.replacing("_", with: " "), value)) }
        }
        return pairs
    }

    static func table(_ experiments: [JSON]) -> Table {
        var table = Table([
            .text("experiment", isElastic: true), .text("name", isElastic: true), .text("state"),
            .number("version"), .text("variants", isElastic: true), .text("winner", isElastic: true), .text("created"),
        ])
        for json in experiments {
            let keys = (json["variants"]?.array ?? []).map { text($0["key"]) }
            table.add(
                [
                    text(json["id"]), text(json["name"]), text(json["state"]), text(json["version"]),
                    keys.joined(separator: ", "), text(json["winner"]), String(text(json["created_at"]).prefix(16)),
                ],
                colour: json["state"] == "running" ? .green : nil
            )
        }
        return table
    }

    private static func variant(_ json: JSON) -> String { "\(text(json["key"])) \(percent(json["weight"]))" }

    private static func metric(_ json: JSON) -> String {
        let source = [json["event"], json["property"]].map(text).filter { !$0.isEmpty }
        return ([text(json["name"]), text(json["kind"])] + source).joined(separator: ":")
    }

    private static func unit(_ json: JSON?) -> String {
        json?["attribute"]?.string.map { "attribute \($0)" } ?? text(json)
    }

    private static func percent(_ json: JSON?) -> String {
        json?.double.map { "\(NumberText.short($0 * 100)) %" } ?? ""
    }

    static func text(_ json: JSON?) -> String {
        guard let json, !json.isNull else { return "" }
        return json.string ?? json.text
    }
}
