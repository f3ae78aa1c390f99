import NIOCore

/// An exchange under way. It belongs to one connection at a time, on that one's event loop.
struct RunningExchange: Sendable {
    static let maximumDeadlineSeconds: Int64 = 3600

    let request: ExchangeRequest
    let completion: @Sendable (ExchangeOutcome) -> Void
    let started: NIODeadline
    let deadline: NIODeadline
    var timings = ExchangeTimings()
    /// When the current phase began.
    var phaseStarted: NIODeadline
    /// Whether all of the request was handed to the system.
    var isWritten = false
    /// Whether a byte of the answer came.
    var hasAnswer = false

    init(_ request: ExchangeRequest, completion: @escaping @Sendable (ExchangeOutcome) -> Void) {
        self.request = request
        self.completion = completion
        started = .now()
        deadline = started + TimeAmount(min(request.deadline, .seconds(Self.maximumDeadlineSeconds)))
        phaseStarted = started
    }

    enum TimedPhase { case dns, connect, tls, firstByte }

    /// Ends the current phase, and begins the next.
    mutating func end(_ phase: TimedPhase) {
        let now = NIODeadline.now()
        let duration = (now - phaseStarted).microseconds
        phaseStarted = now
        switch phase {
        case .dns: timings.dns = duration
        case .connect: timings.connect = duration
        case .tls: timings.tls = duration
        case .firstByte: timings.firstByte = duration
        }
    }

    func finish(_ result: ExchangeOutcome.Result, address: String?) {
        var timings = timings
        timings.total = (NIODeadline.now() - started).microseconds
        completion(ExchangeOutcome(result: result, timings: timings, address: address))
    }
}

extension TimeAmount {
    var microseconds: Int { Int(nanoseconds / 1000) }
}

extension Duration {
    /// `15 s`, `250 ms`.
    var shortText: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }
}
