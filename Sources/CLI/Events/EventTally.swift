import HooklinePrimitives

/// What the server made of the events that were sent.
struct EventTally: Sendable {
    private(set) var sent = 0
    private(set) var accepted: Int64 = 0
    private(set) var duplicates: Int64 = 0
    private(set) var rejectedCount = 0
    /// The first ones, for the report.
    private(set) var rejections: [EventRejection] = []
    private(set) var position: Int64?

    static let keptRejections = 1000

    mutating func add(_ answer: JSON, of count: Int) {
        sent += count
        accepted += answer["accepted"]?.integer ?? 0
        duplicates += answer["duplicates"]?.integer ?? 0
        position = answer["position"]?.integer ?? position
    }

    mutating func add(_ rejection: EventRejection) {
        rejectedCount += 1
        if rejections.count < Self.keptRejections { rejections.append(rejection) }
    }

    var text: String {
        "\(NumberText.whole(accepted)) accepted, \(NumberText.whole(duplicates)) duplicates, "
            + "\(NumberText.whole(rejectedCount)) rejected"
    }

    var json: JSON {
        [
            "accepted": .integer(accepted), "duplicates": .integer(duplicates),
            "rejected": JSON(rejectedCount),
            "rejections": .array(rejections.map(\.json)),
            "position": JSON(position),
        ]
    }
}

/// Why an event was not accepted.
struct EventRejection: Sendable, Equatable, CustomStringConvertible {
    /// Where it stands: `line 17`, `event 17`.
    let place: String
    let field: String
    let problem: String

    var description: String { "\(place): \(field.isEmpty ? "" : "\(field) ")\(problem)" }

    var json: JSON { ["place": .string(place), "field": .string(field), "problem": .string(problem)] }
}
