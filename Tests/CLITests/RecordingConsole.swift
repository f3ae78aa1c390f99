import HTTPTypes
import HooklinePrimitives
import Synchronization

@testable import HooklineCLI

/// Keeps what a command writes.
final class RecordingConsole: Sendable {
    private struct Texts {
        var output = ""
        var errors = ""
    }

    private let texts = Mutex(Texts())

    var output: String { texts.withLock { $0.output } }
    var errors: String { texts.withLock { $0.errors } }

    var console: Console {
        Console(
            isTerminal: false,
            showsProgress: false,
            columns: { nil },
            write: { text in self.texts.withLock { $0.output += text } },
            writeError: { text in self.texts.withLock { $0.errors += text } },
            style: Style(isOn: false)
        )
    }
}

/// Answers as it is told, and keeps the requests.
final class StubClient: Client {
    private struct State {
        var answers: [Result<ClientAnswer, ClientError>]
        var requests: [ClientRequest] = []
    }

    private let state: Mutex<State>
    let place = "http://stub"

    init(_ answers: [Result<ClientAnswer, ClientError>]) {
        state = Mutex(State(answers: answers))
    }

    var requests: [ClientRequest] { state.withLock { $0.requests } }

    func send(_ request: ClientRequest) async throws -> ClientAnswer {
        try state.withLock { state in
            state.requests.append(request)
            guard !state.answers.isEmpty else { throw ClientError.unusable("there are no more answers") }
            return try state.answers.removeFirst().get()
        }
    }
}

extension ClientAnswer {
    init(_ status: Int, _ json: JSON, retryAfter: String? = nil) {
        self.init(
            status: status,
            headers: retryAfter.map { [.retryAfter: $0] } ?? [:],
            body: json.encoded()
        )
    }
}
