/// Reads comma-separated values (RFC 4180), piece by piece.
///
/// Accepted beyond the RFC: LF and CR as ends of lines, a byte order mark, blank lines, which are skipped, and another
/// separator. Fields are UTF-8.
///
///     var reader = CSVReader()
///     for chunk in chunks { try reader.read(chunk) { record in ... } }
///     try reader.finish { record in ... }
struct CSVReader {
    private enum State {
        /// At the start of a field.
        case start
        case unquoted
        case quoted
        /// After a quote inside of quotes: the field has ended, or a second one makes a quote of both.
        case afterQuote
    }

    private let separator: UInt8
    private var state = State.start
    private var field: [UInt8] = []
    private var fields: [String] = []
    private var recordBytes = 0
    /// From 1 on.
    private var line = 1
    private var recordLine = 1
    private var quoteLine = 1
    private var lastWasCarriageReturn = false
    /// How many bytes of a byte order mark were seen; nil once it is known whether there is one.
    private var markBytes: Int? = 0

    /// A record that is longer is a quote which was never closed, not data.
    static let maximumRecordBytes = 1024 * 1024
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    init(separator: UInt8 = UInt8(ascii: ",")) {
        self.separator = separator
    }

    /// Reads bytes; calls `body` with each record that ends in them.
    mutating func read(_ bytes: some Sequence<UInt8>, _ body: (CSVRecord) throws -> Void) throws {
        for byte in bytes {
            if let seen = markBytes {
                if byte == Self.byteOrderMark[seen] {
                    markBytes = seen + 1 < Self.byteOrderMark.count ? seen + 1 : nil
                    continue
                }
                markBytes = nil
                // What began like a mark was none.
                for held in Self.byteOrderMark.prefix(seen) { try take(held, body) }
            }
            try take(byte, body)
        }
    }

    /// Ends the last record, where the last line has no end.
    mutating func finish(_ body: (CSVRecord) throws -> Void) throws {
        if let seen = markBytes, seen > 0 {
            markBytes = nil
            for held in Self.byteOrderMark.prefix(seen) { try take(held, body) }
        }
        guard state != .quoted else { throw CSVError(line: quoteLine, problem: "the quote is never closed") }
        if state != .start || !fields.isEmpty { try endRecord(body) }
    }

    private mutating func take(_ byte: UInt8, _ body: (CSVRecord) throws -> Void) throws {
        let followsCarriageReturn = lastWasCarriageReturn
        lastWasCarriageReturn = byte == UInt8(ascii: "\r")
        let isSecondHalf = followsCarriageReturn && byte == UInt8(ascii: "\n")
        if state == .quoted {
            if !isSecondHalf, byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { line += 1 }
            if byte == UInt8(ascii: "\"") { state = .afterQuote } else { try append(byte) }
            return
        }
        switch byte {
        case separator:
            try endField()
            state = .start
            // A separator promises another field, if only an empty one.
            recordBytes += 1
        case UInt8(ascii: "\n") where isSecondHalf: recordLine = line
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
            try endRecord(body)
            line += 1
            recordLine = line
        case UInt8(ascii: "\""):
            switch state {
            case .start: (state, quoteLine) = (.quoted, line)
            case .afterQuote:
                state = .quoted
                try append(byte)
            case .unquoted, .quoted:
                throw error("has a quote inside; a field with quotes is written in quotes, and the quotes twice")
            }
        default:
            guard state != .afterQuote else { throw error("has text after its closing quote") }
            state = .unquoted
            try append(byte)
        }
    }

    private mutating func append(_ byte: UInt8) throws(CSVError) {
        field.append(byte)
        recordBytes += 1
        guard recordBytes <= Self.maximumRecordBytes else {
            let problem = state == .quoted ? "the quote is not closed within" : "the record is longer than"
            throw CSVError(
                line: state == .quoted ? quoteLine : recordLine,
                problem: "\(problem) \(Self.maximumRecordBytes) bytes"
            )
        }
    }

    private mutating func endField() throws(CSVError) {
        guard let text = String(validating: field, as: UTF8.self) else { throw error("is not UTF-8") }
        fields.append(text)
        field.removeAll(keepingCapacity: true)
    }

    private mutating func endRecord(_ body: (CSVRecord) throws -> Void) throws {
        let isBlank = state == .start && fields.isEmpty
        defer {
            state = .start
            fields.removeAll(keepingCapacity: true)
            recordBytes = 0
        }
        guard !isBlank else { return }
        try endField()
        try body(CSVRecord(line: recordLine, fields: fields))
    }

    private func error(_ problem: String) -> CSVError {
        CSVError(line: line, problem: "field \(fields.count + 1) \(problem)")
    }
}

/// One record.
struct CSVRecord: Sendable, Equatable {
    /// Where it begins, from 1 on.
    let line: Int
    let fields: [String]
}

/// Why a text is no CSV, or not the one that is expected.
struct CSVError: Error, Equatable, CustomStringConvertible {
    let line: Int
    let problem: String

    var description: String { "line \(line): \(problem)" }
}
