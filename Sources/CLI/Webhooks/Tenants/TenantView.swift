import HooklinePrimitives

/// Tenants, as they are shown.
enum TenantView {
    static func table(_ tenants: [JSON]) -> Table {
        var table = Table([
            .text("tenant"), .text("name", isElastic: true), .text("metadata", isElastic: true), .text("created"),
        ])
        for json in tenants {
            table.add([
                text(json["id"]), text(json["name"]), metadata(json), DeliveryView.second(json["created_at"]),
            ])
        }
        return table
    }

    static func pairs(_ json: JSON) -> [(name: String, value: String)] {
        [
            ("id", text(json["id"])), ("name", text(json["name"])), ("metadata", metadata(json)),
            ("created", text(json["created_at"])), ("updated", text(json["updated_at"])),
        ]
    }

    /// Nothing where there is none.
    private static func metadata(_ json: JSON) -> String {
        json["metadata"]?.object?.isEmpty == false ? text(json["metadata"]) : ""
    }

    private static func text(_ json: JSON?) -> String { ExperimentView.text(json) }
}
