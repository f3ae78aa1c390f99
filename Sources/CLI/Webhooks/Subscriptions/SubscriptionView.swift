import HooklinePrimitives

/// A subscription, as it is shown.
enum SubscriptionView {
    static func show(_ json: JSON, as format: OutputOptions.Format, on console: Console) {
        guard format == .table else { return console.show(json) }
        console.show(pairs(json))
    }

    static func pairs(_ json: JSON) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = [
            ("id", text(json["id"])), ("url", text(json["url"])), ("state", state(json)),
            ("events", words(json["events"])),
        ]
        func add(_ name: String, _ value: String) {
            if !value.isEmpty { pairs.append((name, value)) }
        }
        add("channels", words(json["channels"]))
        add("filter", text(json["filter"]))
        add("tenant", text(json["tenant"]))
        add("description", text(json["description"]))
        if json["metadata"]?.object?.isEmpty == false { add("metadata", text(json["metadata"])) }
        add("format", text(json["format"]))
        add("retry", retry(json["retry"]))
        add("ordering", text(json["ordering"]))
        add("concurrency", text(json["concurrency"]))
        add("rate", json["rate_per_second"]?.double.map { "\(NumberText.short($0)) a second" } ?? "")
        add("timeout", json["timeout_seconds"]?.double.map { "\(NumberText.short($0)) s" } ?? "")
        add("headers", words(json["header_names"]))
        if json["has_client_certificate"] == true { add("client certificate", "yes") }
        add("public key", text(json["public_key"]))
        if json["verify"] == true { add("verified", "each url, before anything is delivered to it") }
        add("created", text(json["created_at"]))
        return pairs
    }

    static func table(_ subscriptions: [JSON]) -> Table {
        var table = Table([
            .text("subscription", isElastic: true), .text("url", isElastic: true), .text("events", isElastic: true),
            .text("state"), .text("tenant", isElastic: true), .text("created"),
        ])
        for json in subscriptions {
            table.add(
                [
                    text(json["id"]), text(json["url"]), words(json["events"]), state(json), text(json["tenant"]),
                    String(text(json["created_at"]).prefix(16)),
                ],
                colour: json["enabled"] == true ? nil : .dim
            )
        }
        return table
    }

    /// `enabled`, `disabled (failing)`
    private static func state(_ json: JSON) -> String {
        guard json["enabled"] != true else { return "enabled" }
        let reason = text(json["disabled_reason"])
        return reason.isEmpty ? "disabled" : "disabled (\(reason))"
    }

    private static func retry(_ json: JSON?) -> String {
        guard let delays = json?["delays_seconds"]?.array else { return text(json) }
        return "after " + delays.compactMap(\.double).map { "\(NumberText.short($0)) s" }.joined(separator: ", ")
    }

    private static func words(_ json: JSON?) -> String { (json?.array ?? []).map(text).joined(separator: ", ") }

    private static func text(_ json: JSON?) -> String { ExperimentView.text(json) }
}
