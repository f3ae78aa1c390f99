/// Domain events over HTTP, from many connections.
struct DomainEventSenders: Sendable {
    let port: UInt16
    let key: String
    let connections: Int
    /// The channel of an event, for those that have one.
    var channel: @Sendable (Int) -> String? = { _ in nil }

    static let path = "/v1/webhooks/events"

    /// Sends a range of events as fast as they are taken, so many in each request.
    func send(_ events: Range<Int>, perRequest: Int) throws {
        let stride = connections * perRequest
        _ = try Threads(connections) { index in
            let connection = try HTTPConnection(port: port)
            for first in Swift.stride(from: events.lowerBound + index * perRequest, to: events.upperBound, by: stride) {
                let members = (first..<min(first + perRequest, events.upperBound)).map { number in
                    DomainEventShape.json(number, channel: channel(number))
                }
                let body = "[" + members.joined(separator: ",") + "]"
                _ = try connection.send("POST", Self.path, key: key, body: body)
            }
        }.values()
    }

    /// When events were due, and how long their answers took.
    struct Paced: Sendable {
        /// The clock's nanoseconds, by event, from the first on.
        var due: [Int64] = []
        var answers = Samples()
        /// The latest start behind its moment, in nanoseconds.
        var latest: Int64 = 0
    }

    /// Sends a range of events one by one at a steady rate, whether or not earlier ones are answered. What is late is
    /// still counted from when it was due.
    func send(_ events: Range<Int>, perSecond: Double) throws -> Paced {
        let start = Machine.nanoseconds() + 50_000_000
        let due = events.indices.map { start + Int64(Double($0 - events.lowerBound) / perSecond * 1e9) }
        let parts = try Threads(connections) { index -> Paced in
            let connection = try HTTPConnection(port: port)
            var paced = Paced()
            for place in stride(from: index, to: events.count, by: connections) {
                let number = events.lowerBound + place
                let body = DomainEventShape.json(number, channel: channel(number))
                sleep(for: Double(due[place] - Machine.nanoseconds()) / 1e9)
                paced.latest = max(paced.latest, Machine.nanoseconds() - due[place])
                _ = try connection.send("POST", Self.path, key: key, body: body)
                paced.answers.add(Machine.nanoseconds() - due[place])
            }
            return paced
        }.values()
        return parts.reduce(into: Paced(due: due)) { sum, part in
            sum.answers.add(part.answers)
            sum.latest = max(sum.latest, part.latest)
        }
    }
}
