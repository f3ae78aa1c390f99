import HooklinePrimitives

/// A request that is built once and sent many times, each time with new ids, viewers and moments in the same bytes.
struct RequestTemplate: Sendable {
    private var bytes: [UInt8]
    private var ids: [Int] = []
    private var users: [Int] = []
    private var moments: [Int] = []
    let events: Int

    /// - Parameter events: 1 is sent as an object, more as an array.
    init(events: Int, mix: EventMix, key: String, random: inout FastRandom) {
        self.events = events
        var body = Array((events == 1 ? "" : "[").utf8)
        for index in 0..<events {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            let shape = mix.shape(&random)
            body += #"{"id":""#.utf8
            ids.append(body.count)
            body += FixedText.uuid.utf8
            body += #"","type":"\#(shape.type)","user_id":""#.utf8
            users.append(body.count)
            body += FixedText.user.utf8
            body += #"","content_id":"\#(shape.content)","timestamp":""#.utf8
            moments.append(body.count)
            body += FixedText.moment.utf8
            body += #"","properties":\#(shape.properties)}"#.utf8
        }
        if events > 1 { body.append(UInt8(ascii: "]")) }
        let head = Array(
            HTTPConnection.head("POST", "/v1/events", key: key, bodyBytes: body.count).utf8
        )
        bytes = head + body
        ids = ids.map { $0 + head.count }
        users = users.map { $0 + head.count }
        moments = moments.map { $0 + head.count }
    }

    /// One domain event, whose id is new each time.
    init(domainEventWithKey key: String) {
        events = 1
        let start = #"{"id":""#
        let body =
            start + FixedText.uuid + #"","type":"\#(DomainEventShape.type)","payload":\#(DomainEventShape.payload(0))}"#
        let head = HTTPConnection.head("POST", "/v1/webhooks/events", key: key, bodyBytes: body.utf8.count)
        bytes = Array((head + body).utf8)
        ids = [head.utf8.count + start.utf8.count]
    }

    enum Viewer {
        /// One of `EventMix.users`.
        case returning
        /// Whom nobody has seen before.
        case new
    }

    /// One flag, for a viewer that is another each time.
    init(flag: String, viewer: Viewer, key: String) {
        events = 1
        let start = #"{"context":{"targetingKey":""#
        let (id, rest) = (viewer == .new ? FixedText.uuid : FixedText.user, #"","country":"DE","age":30}}"#)
        let body = start + id + rest
        let path = "/ofrep/v1/evaluate/flags/\(flag)"
        let head = HTTPConnection.head("POST", path, key: key, bodyBytes: body.utf8.count)
        bytes = Array((head + body).utf8)
        let place = head.utf8.count + start.utf8.count
        if viewer == .new { ids = [place] } else { users = [place] }
    }

    /// A request without a body, always the same.
    init(get path: String, key: String) {
        events = 1
        bytes = Array(HTTPConnection.head("GET", path, key: key, bodyBytes: 0).utf8)
    }

    /// Makes it a request that nobody has sent before.
    mutating func renew(_ random: inout FastRandom) {
        var moment = Timestamp.now().description
        bytes.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            for id in ids { FixedText.writeUUID(at: start + id, &random) }
            for user in users { FixedText.writeUser(at: start + user, &random) }
            moment.withUTF8 { text in
                guard let text = text.baseAddress else { return }
                for moment in moments {
                    (start + moment).copyMemory(from: text, byteCount: FixedText.moment.utf8.count)
                }
            }
        }
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes(body)
    }
}
