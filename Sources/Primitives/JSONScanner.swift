/// Reads JSON (RFC 8259) from bytes, value by value, without building a tree.
///
/// Everything that is passed over is validated: UTF-8, escapes, numbers, nesting. U+0000 is refused although
/// RFC 8259 allows its escape, and so are a byte order mark and a lone surrogate. Nothing is allocated but the strings
/// that are returned, and doubles of more than 15 digits.
///
///     var scanner = JSONScanner(bytes)
///     try scanner.beginObject()
///     while let key = try scanner.nextKey() {
///         switch key {
///         case "name": name = try scanner.readString()
///         case "properties": properties = try scanner.skipValue()
///         default: break
///         }
///     }
///     try scanner.finish()
///
/// A value that the caller does not read is skipped by the next `nextKey()` or `nextElement()`. After an error the
/// scanner must not be used again. It reads the bytes where they are: they must outlive it.
public struct JSONScanner {
    let bytes: UnsafeRawBufferPointer
    /// Where the range that is read ends.
    let count: Int
    let maximumDepth: Int
    var depth = 0
    var state = State.value

    /// The next byte to be read, counted from the start of the bytes.
    public internal(set) var offset: Int

    enum State {
        /// A value comes next.
        case value
        /// A bracket was opened; nothing inside was read.
        case opened
        /// A value was read.
        case afterValue
    }

    /// Reads the bytes in `range`, or all; offsets are counted from the start of the bytes, not of the range.
    ///
    /// `maximumDepth` is brought into `1...JSONScanner.deepest`.
    public init(
        _ bytes: UnsafeRawBufferPointer,
        in range: Range<Int>? = nil,
        maximumDepth: Int = JSONScanner.deepest
    ) {
        let range = range ?? 0..<bytes.count
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range lies outside of the bytes")
        self.bytes = bytes
        self.offset = range.lowerBound
        self.count = range.upperBound
        self.maximumDepth = min(max(maximumDepth, 1), Self.deepest)
    }

    /// Reads the bytes in `range`, or all; offsets are counted from the start of the bytes, not of the range.
    ///
    /// `maximumDepth` is brought into `1...JSONScanner.deepest`.
    public init(
        _ bytes: UnsafeBufferPointer<UInt8>,
        in range: Range<Int>? = nil,
        maximumDepth: Int = JSONScanner.deepest
    ) {
        self.init(UnsafeRawBufferPointer(bytes), in: range, maximumDepth: maximumDepth)
    }

    /// The deepest nesting of arrays and objects that can be asked for: one bit of a word for each level.
    public static let deepest = 64
}

// MARK: - Walking

extension JSONScanner {
    /// Tells the kind of the value that comes next, by its first byte, without reading it.
    public mutating func peek() throws(JSONError) -> JSONKind {
        switch try startValue() {
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw unexpected("a value")
        }
    }

    /// Enters an object; `nextKey()` reads on until it returns nil.
    public mutating func beginObject() throws(JSONError) {
        guard try startValue() == UInt8(ascii: "{") else { throw unexpected("an object") }
        try open()
    }

    /// The key of the next member, which its value follows; nil at the end of the object.
    public mutating func nextKey() throws(JSONError) -> String? {
        try nextKeyAndOffset()?.key
    }

    /// The next key, and where its opening quote is.
    mutating func nextKeyAndOffset() throws(JSONError) -> (key: String, offset: Int)? {
        guard try nextMember() else { return nil }
        let start = offset
        let key = try scanString()
        try skipColon()
        return (text(key), start)
    }

    /// Enters an array; `nextElement()` reads on until it returns false.
    public mutating func beginArray() throws(JSONError) {
        guard try startValue() == UInt8(ascii: "[") else { throw unexpected("an array") }
        try open()
    }

    /// Moves to the next element; false at the end of the array.
    public mutating func nextElement() throws(JSONError) -> Bool {
        if state == .value { try skipValue() }
        skipWhitespace()
        if consume(UInt8(ascii: "]")) { return close() }
        if state == .afterValue {
            guard consume(UInt8(ascii: ",")) else { throw unexpected("',' or ']'") }
        }
        state = .value
        return true
    }

    /// Makes sure that nothing but white space is left.
    public mutating func finish() throws(JSONError) {
        precondition(state == .afterValue && depth == 0, "the value was not read to its end")
        skipWhitespace()
        guard offset == count else { throw unexpected(.trailingBytes) }
    }
}

// MARK: - Steps

extension JSONScanner {
    /// The first byte of the value that comes next.
    @inline(__always)
    mutating func startValue() throws(JSONError) -> UInt8 {
        precondition(state == .value, "no value comes next")
        skipWhitespace()
        guard offset < count else { throw JSONError(offset: count, problem: .unexpectedEnd) }
        return bytes[offset]
    }

    @inline(__always)
    mutating func skipWhitespace() {
        // Bit n of the mask is set where the byte n is white space: tab, line feed, carriage return, space.
        let whitespace: UInt64 = 1 << 0x09 | 1 << 0x0A | 1 << 0x0D | 1 << 0x20
        while offset < count, bytes[offset] <= 0x20, whitespace &>> UInt64(bytes[offset]) & 1 == 1 { offset += 1 }
    }

    @inline(__always)
    mutating func consume(_ byte: UInt8) -> Bool {
        guard offset < count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func open() throws(JSONError) {
        guard depth < maximumDepth else {
            throw JSONError(offset: offset, problem: .tooDeep(maximumDepth: maximumDepth))
        }
        depth += 1
        offset += 1
        state = .opened
    }

    private mutating func close() -> Bool {
        precondition(depth > 0, "no array or object was entered")
        depth -= 1
        state = .afterValue
        return false
    }

    /// Moves to the opening quote of the next key; false at the end of the object.
    private mutating func nextMember() throws(JSONError) -> Bool {
        if state == .value { try skipValue() }
        skipWhitespace()
        if consume(UInt8(ascii: "}")) { return close() }
        if state == .afterValue {
            guard consume(UInt8(ascii: ",")) else { throw unexpected("',' or '}'") }
            skipWhitespace()
            guard offset < count, bytes[offset] == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
        }
        guard offset < count, bytes[offset] == UInt8(ascii: "\"") else { throw unexpected("a key in quotes or '}'") }
        state = .value
        return true
    }

    @inline(__always)
    mutating func skipColon() throws(JSONError) {
        skipWhitespace()
        guard consume(UInt8(ascii: ":")) else { throw unexpected("':'") }
    }

    func unexpected(_ expected: String) -> JSONError { unexpected(.expected(expected)) }

    /// The error at the byte that comes next, which is more than `problem` where the input ends or has a special byte.
    @inline(never)
    func unexpected(_ problem: JSONProblem) -> JSONError {
        guard offset < count else { return JSONError(offset: count, problem: .unexpectedEnd) }
        if bytes[offset] == 0 { return JSONError(offset: offset, problem: .nul) }
        if offset + 3 <= count, bytes[offset..<offset + 3].elementsEqual([0xEF, 0xBB, 0xBF]) {
            return JSONError(offset: offset, problem: .byteOrderMark)
        }
        return JSONError(offset: offset, problem: problem)
    }
}
