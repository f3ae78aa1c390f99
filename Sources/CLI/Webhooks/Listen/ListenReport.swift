import HooklinePrimitives
import HooklineWebhooks
import Synchronization

/// Tells of each event that was posted, and of all of them in the end.
final class ListenReport: Sendable {
    private struct State {
        var posted = 0
        var accepted = 0
        /// Up to where every event was posted; nil where none was looked for yet.
        var position: Int64?
    }

    private let console: Console
    private let isJSON: Bool
    private let state = Mutex(State())

    init(_ console: Console, isJSON: Bool) {
        (self.console, self.isJSON) = (console, isJSON)
    }

    func show(_ event: DeliveredEvent, _ outcome: WebhookForwarder.Outcome) {
        state.withLock { state in
            state.posted += 1
            if outcome.isSuccess { state.accepted += 1 }
        }
        if isJSON {
            console.showLine([
                "id": JSON(event.id), "type": JSON(event.type), "status": JSON(outcome.status),
                "problem": JSON(outcome.problem),
                "milliseconds": .number((outcome.took / .microseconds(1)).rounded() / 1000),
            ])
        } else {
            let colour: Style.Colour = outcome.isSuccess ? .green : .red
            let answer = outcome.status.map { "\($0)" } ?? outcome.problem ?? "no answer"
            let words = [
                event.id.text.withoutControls, event.type.text.withoutControls,
                console.style(colour, answer.withoutControls), NumberText.duration(outcome.took),
            ]
            console.line(words.joined(separator: "  "))
        }
    }

    /// Notes that every event up to a position was posted.
    func pass(_ position: Int64) { state.withLock { $0.position = position } }

    /// - Parameter position: where it began.
    func summary(position: Int64) -> String {
        let (posted, accepted, passed) = state.withLock { ($0.posted, $0.accepted, $0.position ?? position) }
        return "Posted \(NumberText.count(posted, "event")), \(NumberText.whole(accepted)) answered by 2xx. "
            + "To go on from here: --after \(passed)"
    }
}
