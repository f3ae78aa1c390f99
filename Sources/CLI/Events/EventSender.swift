import HooklinePrimitives

/// Sends events in batches. A batch that may not have arrived is sent again, with the same ids.
struct EventSender {
    private let client: any Client
    private let retry: Retry
    private let onRejection: (EventRejection) -> Void
    private var ids: EventIDs
    private var batch: [EventLine] = []
    private var batchBytes = 0
    private(set) var tally = EventTally()
    /// Is told how many events were sent so far.
    var progress: (Int) -> Void = { _ in }

    /// The most events of one request.
    static let eventsPerRequest = 1000
    /// Less than the largest body that a server takes.
    static let bytesPerRequest = 2 * 1024 * 1024
    /// A longer line is no event: its properties alone may have 32 KiB.
    static let maximumLineBytes = 1024 * 1024
    /// After so long without a new line, those that are there are sent: the input may be a program that goes on for ever.
    static let quietMilliseconds: Int32 = 200

    init(client: any Client, retry: Retry, onRejection: @escaping (EventRejection) -> Void) {
        var generator = SystemRandomNumberGenerator()
        (self.client, self.retry, self.onRejection) = (client, retry, onRejection)
        ids = EventIDs(using: &generator)
    }

    /// Sends an event a line, while the input is read.
    mutating func sendLines(of source: InputFile, startingWith first: [UInt8]) async throws {
        var rest: [UInt8] = []
        var number = 0
        var chunk = first
        while !chunk.isEmpty {
            var remaining = chunk[...]
            while let end = remaining.firstIndex(of: UInt8(ascii: "\n")) {
                rest += remaining[..<end]
                remaining = remaining[(end + 1)...]
                number += 1
                try await addLine(rest, number)
                rest.removeAll(keepingCapacity: true)
            }
            rest += remaining
            guard rest.count <= Self.maximumLineBytes else {
                throw ClientError.unusable(
                    "\(source.name), line \(number + 1): longer than \(Self.maximumLineBytes) bytes"
                )
            }
            if !batch.isEmpty, !source.isReady(withinMilliseconds: Self.quietMilliseconds) { try await flush() }
            chunk = try source.read()
        }
        try await addLine(rest, number + 1)
        try await flush()
    }

    /// Sends the events of a document.
    mutating func send(_ document: EventDocument) async throws {
        for (index, bytes) in document.events.enumerated() {
            try await add(EventLine(bytes, place: "event \(index + 1)") { ids.next() }, sentAt: document.sentAt)
        }
        try await flush(sentAt: document.sentAt)
    }

    private mutating func addLine(_ bytes: [UInt8], _ number: Int) async throws {
        guard bytes.contains(where: { $0 > 0x20 }) else { return }
        try await add(EventLine(bytes, place: "line \(number)") { ids.next() }, sentAt: nil)
    }

    private mutating func add(_ event: EventLine, sentAt: String?) async throws {
        if batch.count == Self.eventsPerRequest || batchBytes + event.bytes.count > Self.bytesPerRequest {
            try await flush(sentAt: sentAt)
        }
        batch.append(event)
        batchBytes += event.bytes.count + 1
    }

    private mutating func flush(sentAt: String? = nil) async throws {
        guard !batch.isEmpty else { return }
        let sent = batch
        (batch, batchBytes) = ([], 0)
        do {
            let answer = try await retry.succeed(Self.request(sent, sentAt: sentAt), by: client)
            take(try answer.json(from: client.place), of: sent)
        } catch ClientError.refused(let problem, _) where problem.code == Self.nothingAccepted {
            take(problem.document, of: sent)
        }
        progress(tally.sent)
    }

    private mutating func take(_ answer: JSON, of sent: [EventLine]) {
        tally.add(answer, of: sent.count)
        for rejected in answer["rejected"]?.array ?? [] {
            let index = rejected["index"]?.integer.map { Int($0) } ?? -1
            let rejection = EventRejection(
                place: sent.indices.contains(index) ? sent[index].place : "an event",
                field: rejected["field"]?.string ?? "",
                problem: rejected["problem"]?.string ?? "was rejected"
            )
            tally.add(rejection)
            onRejection(rejection)
        }
    }

    /// The code of the answer to a batch of which no event was valid.
    private static let nothingAccepted = "nothing_accepted"

    private static func request(_ events: [EventLine], sentAt: String?) -> ClientRequest {
        var request = ClientRequest(.post, "events")
        if let sentAt {
            let head = #"{"sent_at":\#(JSON.string(sentAt).text),"events":["#
            request.body = Array(head.utf8) + Array(events.map(\.bytes).joined(separator: [UInt8(ascii: ",")]))
            request.body += Array("]}".utf8)
            request.contentType = ClientRequest.jsonType
        } else {
            // A line that is no JSON spoils itself only; so do events that were parts of a document, one a line.
            request.body = Array(events.map { $0.bytes.onOneLine }.joined(separator: [UInt8(ascii: "\n")]))
            request.contentType = ClientRequest.linesType
        }
        return request
    }
}

extension [UInt8] {
    /// JSON without line ends, which can stand between its tokens only.
    fileprivate var onOneLine: [UInt8] {
        contains(UInt8(ascii: "\n")) ? map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 } : self
    }
}
