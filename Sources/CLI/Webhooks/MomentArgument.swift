import ArgumentParser
import HooklinePrimitives

/// A moment: `2026-01-28T10:00:00Z`, or how long ago it was: `2h`.
enum MomentArgument: ExpressibleByArgument, Sendable, Equatable {
    case at(Timestamp)
    case ago(TimeSpanArgument)

    static let accepted = "a time such as 2026-01-28T10:00:00Z, or how long ago, such as 2h"

    init?(argument: String) {
        if let timestamp = Timestamp(argument) {
            self = .at(timestamp)
        } else if let span = TimeSpanArgument(argument: argument) {
            self = .ago(span)
        } else {
            return nil
        }
    }

    func timestamp(now: Timestamp) -> Timestamp {
        switch self {
        case .at(let timestamp): timestamp
        case .ago(let span): now.advanced(byMilliseconds: -span.milliseconds)
        }
    }
}

/// Several words between commas: `video.created,video.published`.
struct WordsArgument: ExpressibleByArgument, Sendable, Equatable {
    let words: [String]

    init?(argument: String) {
        words = argument.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
        guard words.allSatisfy({ !$0.isEmpty }) else { return nil }
    }

    static func json(_ arguments: [WordsArgument]) -> JSON {
        .array(arguments.flatMap(\.words).map { .string($0) })
    }
}

/// One JSON value.
struct JSONArgument: ExpressibleByArgument, Sendable, Equatable {
    let raw: RawJSON

    init?(argument: String) {
        guard let raw = try? RawJSON(Array(argument.utf8)) else { return nil }
        self.raw = raw
    }
}
