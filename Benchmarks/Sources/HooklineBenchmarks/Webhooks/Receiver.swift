import CEpoll
import Glibc

/// What webhooks are delivered to: a process of its own with one thread, which reads of a request only where it goes, the
/// number in the event's id and the length of the body, and answers 204 on a connection that stays.
///
/// The paths are `/0`, `/1` and so on, the ids `event-0`, `event-1` and so on.
struct Receiver {
    private let ledger: Ledger
    private let poller: Int32
    private var listener: Int32 = -1
    private var port: UInt16 = 0
    private var connections: [Int32: ReceivedBytes] = [:]

    private static let answer = Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)
    private static let eventsPerWait = 256
    private static let backlog: Int32 = 4096
    /// How often it looks whether it is to behave otherwise, and whether it is needed at all.
    private static let waitMilliseconds: Int32 = 5

    /// Serves until the process that started it is gone.
    static func run(_ path: String) throws {
        var receiver = Receiver(ledger: try Ledger(path), poller: epoll_create1(0))
        let parent = getppid()
        while getppid() == parent {
            try receiver.behave()
            try receiver.serve()
        }
    }

    private init(ledger: Ledger, poller: Int32) {
        self.ledger = ledger
        self.poller = poller
    }

    // MARK: Listening

    /// Listens, or lets go of everything, as the ledger says.
    private mutating func behave() throws {
        let isDown = ledger[.isDown] != 0
        if !isDown, listener < 0 { try listen() }
        guard isDown, listener >= 0 else { return }
        close(listener)
        for socket in connections.keys { close(socket) }
        connections = [:]
        listener = -1
        ledger[.port] = 0
    }

    private mutating func listen() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var on: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                if bind(listener, address, length) != 0 || Glibc.listen(listener, Self.backlog) != 0 {
                    return Int32(-1)
                }
                return getsockname(listener, address, &length)
            }
        }
        guard result == 0 else { throw Failure("the receiver cannot listen: errno \(errno)") }
        port = UInt16(bigEndian: address.sin_port)
        watch(listener)
        ledger[.port] = Int64(port)
    }

    private func watch(_ socket: Int32) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.fd = socket
        epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event)
    }

    // MARK: Serving

    private mutating func serve() throws {
        var events = [epoll_event](repeating: epoll_event(), count: Self.eventsPerWait)
        let count = epoll_wait(poller, &events, Int32(events.count), Self.waitMilliseconds)
        guard count >= 0 || errno == EINTR else { throw Failure("the receiver cannot wait: errno \(errno)") }
        for event in events.prefix(Int(max(0, count))) {
            if event.data.fd == listener { accept() } else { read(event.data.fd) }
        }
    }

    private mutating func accept() {
        while true {
            let socket = Glibc.accept(listener, nil, nil)
            guard socket >= 0 else { return }
            var on: Int32 = 1
            _ = fcntl(socket, F_SETFL, O_NONBLOCK)
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            connections[socket] = ReceivedBytes()
            ledger.add(.connections)
            watch(socket)
        }
    }

    private func work(_ steps: Int64) {
        guard steps > 0 else { return }
        var (random, sum) = (FastRandom(seed: 1), UInt64(0))
        // Each step needs the one before, so that none can be left out.
        for _ in 0..<steps { sum = (sum ^ random.next()) &* 3 }
        Sink.take(sum)
    }

    private mutating func read(_ socket: Int32) {
        guard let found = connections[socket]?.read(socket) else { return }
        for request in found.requests {
            guard request.path >= ledger[.hangingPaths] else {
                ledger.add(.hanging)
                continue
            }
            let slot = Int(ledger[.isByPath] == 0 ? request.event : request.path)
            if (0..<ledger.slots).contains(slot), !ledger.arrived(slot, at: Machine.nanoseconds()) {
                ledger.add(.repeated)
            }
            work(ledger[.work])
            ledger.add(.answered)
            _ = send(socket, Self.answer, Self.answer.count, Int32(MSG_NOSIGNAL))
        }
        if found.isOver {
            close(socket)
            connections[socket] = nil
        }
    }
}

/// What came on a connection and is not a whole request yet.
private final class ReceivedBytes {
    private var bytes: [UInt8] = []

    struct Request {
        let path: Int64
        let event: Int64
    }

    private static let room = 16_384
    private static let endOfHead = Array("\r\n\r\n".utf8)
    private static let lengthField = Array("content-length: ".utf8)
    private static let idField = Array("webhook-id: event-".utf8)

    func read(_ socket: Int32) -> (requests: [Request], isOver: Bool) {
        let filled = bytes.count
        var count = 0
        bytes.append(contentsOf: repeatElement(0, count: Self.room))
        bytes.withUnsafeMutableBytes { count = recv(socket, $0.baseAddress! + filled, Self.room, 0) }
        bytes.removeLast(Self.room - max(0, count))
        if count < 0, errno == EAGAIN || errno == EINTR { return ([], false) }
        var requests: [Request] = []
        while let request = next() { requests.append(request) }
        return (requests, count <= 0)
    }

    /// Takes a request off the beginning.
    private func next() -> Request? {
        let found = bytes.withUnsafeBytes { all -> (Request, Int)? in
            guard let end = Self.find(Self.endOfHead, in: all) else { return nil }
            let head = UnsafeRawBufferPointer(rebasing: all[..<end])
            let length = end + Int(max(0, Self.number(after: Self.lengthField, in: head)))
            guard all.count >= length else { return nil }
            // POST /17 HTTP/1.1
            let request = Request(
                path: Self.number(at: 6, in: head),
                event: Self.number(after: Self.idField, in: head)
            )
            return (request, length)
        }
        guard let (request, length) = found else { return nil }
        bytes.removeFirst(length)
        return request
    }

    /// Where the first occurrence of `text` ends.
    private static func find(_ text: [UInt8], in bytes: UnsafeRawBufferPointer) -> Int? {
        var start = 0
        while start + text.count <= bytes.count {
            guard let first = memchr(bytes.baseAddress! + start, Int32(text[0]), bytes.count - start) else {
                return nil
            }
            start = first - UnsafeMutableRawPointer(mutating: bytes.baseAddress!)
            guard start + text.count <= bytes.count else { return nil }
            if memcmp(first, text, text.count) == 0 { return start + text.count }
            start += 1
        }
        return nil
    }

    /// -1 where the field is missing.
    private static func number(after field: [UInt8], in head: UnsafeRawBufferPointer) -> Int64 {
        find(field, in: head).map { number(at: $0, in: head) } ?? -1
    }

    private static func number(at offset: Int, in head: UnsafeRawBufferPointer) -> Int64 {
        var (number, index): (Int64, Int) = (0, offset)
        while index < head.count, (0x30...0x39).contains(head[index]) {
            number = number * 10 + Int64(head[index] - 0x30)
            index += 1
        }
        return number
    }
}
