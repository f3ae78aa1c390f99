import ArgumentParser
import HooklinePrimitives

/// When a failed delivery is tried again: the name of a preset, or the delays between the attempts in seconds.
struct RetryArgument: ExpressibleByArgument, Sendable, Equatable {
    let json: JSON

    /// Which names and delays are accepted is the server's to say.
    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        guard argument.first?.isNumber == true else {
            json = .string(argument)
            return
        }
        var delays: [JSON] = []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let word = String(word).trimmed
            if let seconds = Int64(word) {
                delays.append(.integer(seconds))
            } else if let seconds = Double(word), seconds.isFinite {
                delays.append(.number(seconds))
            } else if let span = TimeSpanArgument(argument: word) {
                delays.append(.number(Double(span.milliseconds) / 1000))
            } else {
                return nil
            }
        }
        json = ["delays_seconds": .array(delays)]
    }
}

/// The first event that a subscription gets: `now`, `since=TIME`, `position=NUMBER` or `event=ID`.
enum StartArgument: ExpressibleByArgument, Sendable, Equatable {
    case now
    case since(MomentArgument)
    case position(Int64)
    case event(String)

    init?(argument: String) {
        if argument == "now" {
            self = .now
            return
        }
        guard let equals = argument.firstIndex(of: "=") else { return nil }
        let value = String(argument[argument.index(after: equals)...])
        switch argument[..<equals] {
        case "since":
            guard let moment = MomentArgument(argument: value) else { return nil }
            self = .since(moment)
        case "position":
            guard let position = Int64(value), position >= 0 else { return nil }
            self = .position(position)
        case "event":
            guard !value.isEmpty else { return nil }
            self = .event(value)
        default: return nil
        }
    }

    func json(now: Timestamp) -> JSON {
        switch self {
        case .now: "now"
        case .since(let moment): ["since": JSON(moment.timestamp(now: now))]
        case .position(let position): ["position": JSON(position)]
        case .event(let id): ["event_id": .string(id)]
        }
    }
}

/// `team=growth`
struct MetadataArgument: ExpressibleByArgument, Sendable, Equatable {
    let name: String
    let value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else { return nil }
        name = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
    }
}
