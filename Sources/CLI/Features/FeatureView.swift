import HooklinePrimitives

/// Features and saved groups, as they are shown.
enum FeatureView {
    static func show(_ json: JSON, as format: OutputOptions.Format, on console: Console) {
        guard format == .table else { return console.show(json) }
        var pairs: [(name: String, value: String)] = [
            ("key", text(json["key"])), ("version", text(json["version"])),
        ]
        for (name, member) in [("created", "created_at"), ("updated", "updated_at"), ("at", "at")] {
            let value = DeliveryView.second(json[member])
            if !value.isEmpty { pairs.append((name, value)) }
        }
        if let actor = json["actor"] { pairs.append(("by", text(actor))) }
        console.show(pairs)
        let content = json["definition"] ?? json["values"]
        console.show(content ?? .null)
    }

    static func table(_ items: [JSON], _ kind: FeatureKindOption) -> Table {
        var table = Table([
            .text("key", isElastic: true), .text(kind.contentTitle, isElastic: true), .number("version"),
            .text("updated"),
        ])
        for json in items {
            table.add([
                text(json["key"]), kind.summary(of: json), text(json["version"]),
                DeliveryView.second(json["updated_at"]),
            ])
        }
        return table
    }

    static func versionTable(_ versions: [JSON], _ kind: FeatureKindOption) -> Table {
        var table = Table([
            .number("version"), .text(kind.contentTitle, isElastic: true), .text("by"), .text("at"),
        ])
        for json in versions {
            let summary = json["deleted"]?.bool == true ? "deleted" : kind.summary(of: json)
            table.add([text(json["version"]), summary, text(json["actor"]), DeliveryView.second(json["at"])])
        }
        return table
    }

    private static func text(_ json: JSON?) -> String { ExperimentView.text(json) }
}

/// Which of the two a command is about.
enum FeatureKindOption {
    case feature
    case savedGroup

    /// The segment of addresses.
    var path: String { self == .feature ? "features" : "saved-groups" }
    var contentTitle: String { self == .feature ? "value" : "values" }

    /// `"old", 2 rules`, or how many values a group has.
    func summary(of json: JSON) -> String {
        switch self {
        case .feature:
            let definition = json["definition"]
            let rules = definition?["rules"]?.array?.count ?? 0
            let value = definition?["defaultValue"]?.text ?? ""
            return rules == 0 ? value : "\(value), \(NumberText.count(rules, "rule"))"
        case .savedGroup: return NumberText.count(json["values"]?.array?.count ?? 0, "value")
        }
    }
}
