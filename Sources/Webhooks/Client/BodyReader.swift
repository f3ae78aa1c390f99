/// Finds the end of a body, and hands out its content without the framing (RFC 9112 sections 6 and 7).
struct BodyReader {
    enum Framing {
        case length(Int)
        case chunked
        case untilClose
    }

    private enum Stage {
        case content(remaining: Int)
        case untilClose
        case chunkSize(ChunkLine)
        case chunk(remaining: Int)
        case chunkEnd(sawReturn: Bool)
        case trailers(lineBytes: Int, sawReturn: Bool)
    }

    private struct ChunkLine {
        var size = 0
        var digits = 0
        var isExtension = false
        var sawReturn = false
        var bytes = 0
    }

    static let maximumChunkLineBytes = 1024
    static let maximumTrailerBytes = 8192
    private static let maximumSizeDigits = 15

    private var stage: Stage
    private var readBytes = 0
    private var trailerBytes = 0

    init(_ framing: Framing) {
        switch framing {
        case .length(let count): stage = .content(remaining: count)
        case .chunked: stage = .chunkSize(ChunkLine())
        case .untilClose: stage = .untilClose
        }
    }

    /// Whether the end of the connection is the end of the body.
    var endsWithConnection: Bool { if case .untilClose = stage { true } else { false } }

    /// Whether the end is near enough to read on for the connection's sake, when no more content is kept.
    func isWorthReading(isFull: Bool) -> Bool {
        if isFull, case .untilClose = stage { return false }
        if isFull, case .content(let remaining) = stage, readBytes + remaining > ResponseParser.maximumBodyBytes {
            return false
        }
        return readBytes < ResponseParser.maximumBodyBytes
    }

    mutating func read(
        _ bytes: inout Slice<UnsafeRawBufferPointer>,
        content: (Slice<UnsafeRawBufferPointer>) -> Void
    ) -> ResponseParser.Progress {
        let start = bytes.startIndex
        defer { readBytes += bytes.startIndex - start }
        while !bytes.isEmpty {
            switch stage {
            case .untilClose:
                content(bytes)
                bytes = bytes[bytes.endIndex...]
            case .content(let remaining):
                let part = bytes.prefix(remaining)
                content(part)
                bytes = bytes[part.endIndex...]
                if part.count == remaining { return .complete }
                stage = .content(remaining: remaining - part.count)
            case .chunk(let remaining):
                let part = bytes.prefix(remaining)
                content(part)
                bytes = bytes[part.endIndex...]
                stage =
                    part.count == remaining
                    ? .chunkEnd(sawReturn: false) : .chunk(remaining: remaining - part.count)
            case .chunkSize, .chunkEnd, .trailers:
                let progress = readFraming(bytes.removeFirst())
                if progress != .needsMore { return progress }
            }
        }
        return .needsMore
    }

    private mutating func readFraming(_ byte: UInt8) -> ResponseParser.Progress {
        switch stage {
        case .chunkSize(let line): return readChunkLine(line, byte)
        case .chunkEnd(let sawReturn):
            if byte == 0x0D, !sawReturn {
                stage = .chunkEnd(sawReturn: true)
            } else if byte == 0x0A, sawReturn {
                stage = .chunkSize(ChunkLine())
            } else {
                return .violation("a chunk of the response does not end where its size says")
            }
            return .needsMore
        case .trailers(let lineBytes, let sawReturn):
            trailerBytes += 1
            guard trailerBytes <= Self.maximumTrailerBytes else {
                return .violation("the response's trailers are too large")
            }
            if byte == 0x0A, sawReturn {
                if lineBytes == 0 { return .complete }
                stage = .trailers(lineBytes: 0, sawReturn: false)
            } else if byte == 0x0D, !sawReturn {
                stage = .trailers(lineBytes: lineBytes, sawReturn: true)
            } else if byte == 0x0A || sawReturn {
                return .violation("a trailer of the response does not end with CR LF")
            } else {
                stage = .trailers(lineBytes: lineBytes + 1, sawReturn: false)
            }
            return .needsMore
        case .content, .chunk, .untilClose: return .needsMore
        }
    }

    /// `1a;extension CR LF`. Here a bare line feed is refused, since another reader would find another end.
    private mutating func readChunkLine(_ line: ChunkLine, _ byte: UInt8) -> ResponseParser.Progress {
        var line = line
        line.bytes += 1
        guard line.bytes <= Self.maximumChunkLineBytes else { return .violation("a chunk's extension is too large") }
        if line.sawReturn {
            guard byte == 0x0A, line.digits > 0 else { return Self.invalidSize }
            stage = line.size == 0 ? .trailers(lineBytes: 0, sawReturn: false) : .chunk(remaining: line.size)
            return .needsMore
        }
        if byte == 0x0D {
            line.sawReturn = true
        } else if line.isExtension {
            guard byte >= 0x20 || byte == 0x09 else { return Self.invalidSize }
        } else if let digit = ASCII.hexadecimalDigit(byte), line.digits < Self.maximumSizeDigits {
            line.size = line.size << 4 | Int(digit)
            line.digits += 1
        } else if line.digits > 0, byte == UInt8(ascii: ";") || byte == 0x20 || byte == 0x09 {
            line.isExtension = true
        } else {
            return Self.invalidSize
        }
        stage = .chunkSize(line)
        return .needsMore
    }

    private static let invalidSize = ResponseParser.Progress.violation("a chunk of the response has no valid size")
}
