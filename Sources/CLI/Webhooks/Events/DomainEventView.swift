import HooklinePrimitives

/// Domain events, as they are shown.
enum DomainEventView {
    static func pairs(_ json: JSON) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = [
            ("id", text(json["id"])), ("type", text(json["type"])), ("position", text(json["position"])),
            ("timestamp", text(json["timestamp"])),
        ]
        let channels = (json["channels"]?.array ?? []).map(text).joined(separator: ", ")
        let more = [
            ("tenant", text(json["tenant"])), ("channels", channels), ("ordering key", text(json["ordering_key"])),
            ("delivered to nobody", text(json["refusal"])), ("payload", text(json["payload"])),
        ]
        for (name, value) in more where !value.isEmpty { pairs.append((name, value)) }
        return pairs
    }

    static func table(_ events: [JSON]) -> Table {
        var table = Table([
            .number("position"), .text("event"), .text("type", isElastic: true), .text("tenant", isElastic: true),
            .text("timestamp"), .text("payload", isElastic: true),
        ])
        for json in events {
            let payload = text(json["payload"])
            table.add(
                [
                    text(json["position"]), text(json["id"]), text(json["type"]), text(json["tenant"]),
                    text(json["timestamp"]), payload.cut(toWidth: maximumPayloadColumns),
                ],
                colour: json["refusal"]?.isNull == false ? .yellow : nil
            )
        }
        return table
    }

    /// Why an event did, or did not, arrive at each subscription.
    static func explanation(_ subscriptions: [JSON]) -> Table {
        var table = Table([
            .text("subscription"), .text("url", isElastic: true), .text("outcome"), .number("attempts"),
            .text("next attempt"), .text("why"),
        ])
        for json in subscriptions {
            // An object or null: it is nil where there is none.
            let delivery = json["delivery"]?.object.map { JSON.object($0) }
            let outcome = delivery.map { text($0["status"]) } ?? (json["matches"] == true ? "none" : "no match")
            table.add(
                [
                    text(json["subscription_id"]), text(json["url"]), outcome, text(delivery?["attempts"]),
                    DeliveryView.second(delivery?["next_attempt_at"]), why(json, delivery),
                ],
                colour: delivery.map(DeliveryView.colour) ?? .dim
            )
        }
        return table
    }

    /// What decided, in a sentence.
    private static func why(_ json: JSON, _ delivery: JSON?) -> String {
        let hold = text(json["hold"])
        guard let delivery else {
            guard json["matches"] == true else { return text(json["reason"]) }
            return hold.isEmpty ? "it matches now, but did not when it was dispatched" : hold
        }
        let parts = [hold, DeliveryView.reason(delivery)].filter { !$0.isEmpty }
        return parts.isEmpty ? text(json["reason"]) : parts.joined(separator: "; ")
    }

    private static func text(_ json: JSON?) -> String { ExperimentView.text(json) }

    /// The columns of a payload in a list where no terminal limits it.
    private static let maximumPayloadColumns = 80
}
