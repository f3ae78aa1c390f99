import HooklinePrimitives

/// Deliveries and their attempts, as they are shown.
enum DeliveryView {
    static func table(_ deliveries: [JSON]) -> Table {
        var table = Table([
            .text("delivery"), .text("event", isElastic: true), .text("type", isElastic: true),
            .text("subscription", isElastic: true), .text("status"), .number("attempts"), .text("next attempt"),
            .text("reason"),
        ])
        for json in deliveries {
            table.add(
                [
                    text(json["id"]), text(json["event_id"]), text(json["event_type"]), text(json["subscription_id"]),
                    text(json["status"]), text(json["attempts"]), second(json["next_attempt_at"]), reason(json),
                ],
                colour: colour(json)
            )
        }
        return table
    }

    static func attempts(_ attempts: [JSON]) -> Table {
        var table = Table([
            .number("attempt"), .text("started"), .text("cause"), .text("outcome"), .number("status"),
            .number("ms"), .text("address"), .text("message", isElastic: true), .text("answer", isElastic: true),
        ])
        for json in attempts {
            let total = json["timings_microseconds"]?["total"]?.double
            table.add(
                [
                    text(json["number"]), text(json["started_at"]), text(json["cause"]), text(json["outcome"]),
                    text(json["response_status"]), total.map { NumberText.fixed($0 / 1000, digits: 1) } ?? "-",
                    text(json["address"]), text(json["message"]), text(json["response_body"]),
                ],
                colour: json["outcome"] == "success" ? .green : .yellow
            )
        }
        return table
    }

    /// `status 500`; empty where nothing went wrong.
    static func reason(_ delivery: JSON) -> String {
        let reason = text(delivery["reason"])
        let status = text(delivery["response_status"])
        return reason == "status" && !status.isEmpty ? "status \(status)" : reason
    }

    static func colour(_ delivery: JSON) -> Style.Colour? {
        switch delivery["status"]?.string {
        case "success": .green
        case "failed": .red
        default: nil
        }
    }

    /// A time without the parts of a second.
    static func second(_ json: JSON?) -> String { String(text(json).prefix(19)) }

    private static func text(_ json: JSON?) -> String { ExperimentView.text(json) }
}
