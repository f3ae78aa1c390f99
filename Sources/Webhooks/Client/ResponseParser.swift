/// Reads one answer of HTTP/1.1 (RFC 9112) from bytes in any pieces. It does no I/O and keeps little: the status, the
/// `Retry-After` header and the beginning of the body.
///
/// It is strict where readers could disagree on where an answer ends (two lengths, a folded header, a broken chunk).
struct ResponseParser {
    enum Progress: Equatable {
        case needsMore
        case complete
        /// What was wrong; the connection is of no more use.
        case violation(String)
    }

    /// To what the answer is.
    enum Request {
        case post
        /// A `CONNECT`: an answer of 2xx has no body, whatever its headers say (RFC 9110 section 9.3.6).
        case connect
    }

    static let maximumHeadBytes = 16_384
    static let maximumHeadFields = 100
    static let maximumInterimResponses = 8
    /// What is kept of a body.
    static let maximumKeptBytes = 16_384
    /// What is read of a body, its framing included; the answer then counts as complete, and the connection is closed.
    static let maximumBodyBytes = 262_144

    private enum Stage {
        case head
        case body(BodyReader)
        case done
    }

    private let request: Request
    private var stage = Stage.head
    /// The bytes of a head that came in pieces.
    private var pending: [UInt8] = []
    private var interimResponses = 0
    private var head = ResponseHead()

    /// The beginning of the body.
    private(set) var body: [UInt8] = []
    private(set) var isTruncated = false
    /// Whether the connection may carry another request: the answer ended where it said, nothing followed, and
    /// both sides speak of keeping it. Only of meaning once complete.
    var isReusable: Bool { keepsConnection && !hasExcess }
    /// Whether bytes followed the end of the answer.
    private(set) var hasExcess = false
    private var keepsConnection = false

    var status: Int { head.status }
    var retryAfter: String? { head.retryAfter }
    /// Whether the final status is known.
    var hasStatus: Bool { if case .head = stage { false } else { true } }

    init(_ request: Request = .post) {
        self.request = request
    }

    /// Takes the next bytes. After `complete` or a violation it must not be called again.
    mutating func read(_ bytes: UnsafeRawBufferPointer) -> Progress {
        var bytes = bytes[...]
        while true {
            switch stage {
            case .done:
                hasExcess = !bytes.isEmpty
                return .complete
            case .head:
                switch readHead(&bytes) {
                case .needsMore: return .needsMore
                case .violation(let problem): return .violation(problem)
                case .complete: continue
                }
            case .body(var reader):
                // The copy in `stage` holds no storage, so nothing is copied but a few words.
                let progress = reader.read(&bytes) { self.keep($0) }
                stage = .body(reader)
                switch progress {
                case .violation(let problem): return .violation(problem)
                case .complete: stage = .done
                case .needsMore:
                    guard reader.isWorthReading(isFull: isTruncated) else {
                        keepsConnection = false
                        isTruncated = true
                        return .complete
                    }
                    return .needsMore
                }
            }
        }
    }

    /// Takes the end of the connection.
    mutating func end() -> Progress {
        keepsConnection = false
        switch stage {
        case .done: return .complete
        case .body(let reader) where reader.endsWithConnection:
            stage = .done
            return .complete
        case .body: return .violation("the connection was closed in the middle of the response's body")
        case .head where pending.isEmpty: return .violation("the connection was closed before the response")
        case .head: return .violation("the connection was closed in the middle of the response's head")
        }
    }

    private mutating func keep(_ bytes: Slice<UnsafeRawBufferPointer>) {
        let room = Self.maximumKeptBytes - body.count
        if bytes.count > room { isTruncated = true }
        guard room > 0 else { return }
        body.append(contentsOf: bytes.prefix(room))
    }

    /// Reads heads until one is final; complete then means that the head is.
    private mutating func readHead(_ bytes: inout Slice<UnsafeRawBufferPointer>) -> Progress {
        if pending.isEmpty, let end = Self.endOfHead(bytes, from: bytes.startIndex) {
            guard end - bytes.startIndex <= Self.maximumHeadBytes else { return Self.headTooLarge }
            let progress = take(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            bytes = bytes[end...]
            return progress
        }
        let searchFrom = max(pending.count - 3, 0)
        let added = bytes.prefix(Self.maximumHeadBytes + 1 - pending.count)
        let before = pending.count
        pending.append(contentsOf: added)
        let whole = pending
        return whole.withUnsafeBytes { raw in
            guard let end = Self.endOfHead(raw[...], from: searchFrom) else {
                guard raw.count <= Self.maximumHeadBytes else { return Self.headTooLarge }
                bytes = bytes[bytes.endIndex...]
                return .needsMore
            }
            guard end <= Self.maximumHeadBytes else { return Self.headTooLarge }
            bytes = bytes[(bytes.startIndex + end - before)...]
            pending = []
            return take(UnsafeRawBufferPointer(rebasing: raw[..<end]))
        }
    }

    private static let headTooLarge = Progress.violation("the response's head is larger than \(maximumHeadBytes) bytes")

    /// The index after the empty line.
    private static func endOfHead(_ bytes: Slice<UnsafeRawBufferPointer>, from start: Int) -> Int? {
        var index = start
        while index < bytes.endIndex {
            // Every end has a line feed, and after it another with at most a carriage return between.
            guard let feed = bytes[index...].firstIndex(of: 0x0A) else { return nil }
            let next = feed + 1
            if next < bytes.endIndex, bytes[next] == 0x0A { return next + 1 }
            if next + 1 < bytes.endIndex, bytes[next] == 0x0D, bytes[next + 1] == 0x0A { return next + 2 }
            index = next
        }
        return nil
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer) -> Progress {
        do throws(ResponseHead.Violation) {
            head = try ResponseHead(bytes, maximumFields: Self.maximumHeadFields)
        } catch {
            return .violation(error.problem)
        }
        if head.status < 200 {
            guard head.status != 101 else {
                return .violation("the response switches protocols, which was not asked for")
            }
            interimResponses += 1
            guard interimResponses <= Self.maximumInterimResponses else {
                return .violation("more than \(Self.maximumInterimResponses) interim responses came")
            }
            return .complete
        }
        keepsConnection = head.keepsConnection
        if request == .connect, head.status < 300 {
            stage = .done
            return .complete
        }
        switch head.framing {
        case .none: stage = .done
        case .length(0): stage = .done
        case .length(let count): stage = .body(BodyReader(.length(count)))
        case .chunked: stage = .body(BodyReader(.chunked))
        case .untilClose:
            keepsConnection = false
            stage = .body(BodyReader(.untilClose))
        }
        return .complete
    }
}
