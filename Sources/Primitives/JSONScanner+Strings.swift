/// A string inside the scanned bytes, between its quotes.
struct JSONStringSlice {
    let start: Int
    let end: Int
    let hasEscapes: Bool
}

extension JSONScanner {
    /// Reads a string, its escapes resolved.
    public mutating func readString() throws(JSONError) -> String {
        guard try startValue() == UInt8(ascii: "\"") else { throw unexpected("text") }
        let slice = try scanString()
        state = .afterValue
        return text(slice)
    }

    /// Validates the string whose opening quote comes next, and moves behind its closing quote.
    mutating func scanString() throws(JSONError) -> JSONStringSlice {
        let start = offset + 1
        var index = start
        var hasEscapes = false
        while true {
            // Plain ASCII is most of what is read: eight bytes are tested at once.
            while index + 8 <= count {
                let special = Self.specialBytes(of: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                index += special.trailingZeroBitCount >> 3
                if special != 0 { break }
            }
            guard index < count else { throw JSONError(offset: count, problem: .unexpectedEnd) }
            switch bytes[index] {
            case UInt8(ascii: "\""):
                offset = index + 1
                return JSONStringSlice(start: start, end: index, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                index = try endOfEscape(at: index)
                hasEscapes = true
            case 0x00: throw JSONError(offset: index, problem: .nul)
            case 0x01..<0x20: throw JSONError(offset: index, problem: .controlCharacter)
            case 0x20..<0x80: index += 1
            default:
                repeat {
                    index = try endOfScalar(at: index)
                } while index < count && bytes[index] >= 0x80
            }
        }
    }

    /// Sets the high bit of the lowest byte that is a quote, a backslash, below 0x20 or above 0x7F; 0 where none is.
    ///
    /// Bits above the lowest one may be wrong, as subtraction carries; only the lowest is used. (The test for a zero
    /// byte is from Warren, Hacker's Delight, section 6-1.)
    @inline(__always)
    private static func specialBytes(of loaded: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let word = UInt64(littleEndian: loaded)
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let isQuote = (quote &- ones) & ~quote
        let isBackslash = (backslash &- ones) & ~backslash
        let isControl = (word &- ones &* 0x20) & ~word
        return (isQuote | isBackslash | isControl | word) & (ones &* 0x80)
    }

    /// Validates a sequence of two to four bytes by table 3-7 of the Unicode standard (RFC 3629 section 4).
    private func endOfScalar(at index: Int) throws(JSONError) -> Int {
        let lead = bytes[index]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONError(offset: index, problem: .invalidUTF8)
        }
        guard index + length <= count, second.contains(bytes[index + 1]),
            length < 3 || bytes[index + 2] & 0xC0 == 0x80, length < 4 || bytes[index + 3] & 0xC0 == 0x80
        else { throw JSONError(offset: index, problem: .invalidUTF8) }
        return index + length
    }
}

// MARK: - Escapes

extension JSONScanner {
    /// Validates the escape whose backslash is at `index`. Problems are reported at the backslash.
    private func endOfEscape(at index: Int) throws(JSONError) -> Int {
        guard index + 1 < count else { throw JSONError(offset: count, problem: .unexpectedEnd) }
        switch bytes[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return index + 2
        case UInt8(ascii: "u"): break
        default: throw JSONError(offset: index, problem: .invalidEscape)
        }
        switch try hexadecimal(ofEscapeAt: index) {
        case 0: throw JSONError(offset: index, problem: .nul)
        case 0xD800...0xDBFF: break
        case 0xDC00...0xDFFF: throw JSONError(offset: index, problem: .loneSurrogate)
        default: return index + 6
        }
        guard index + 6 < count else { throw JSONError(offset: count, problem: .unexpectedEnd) }
        guard bytes[index + 6] == UInt8(ascii: "\\"), index + 7 >= count || bytes[index + 7] == UInt8(ascii: "u") else {
            throw JSONError(offset: index, problem: .loneSurrogate)
        }
        guard try (0xDC00...0xDFFF).contains(hexadecimal(ofEscapeAt: index + 6)) else {
            throw JSONError(offset: index, problem: .loneSurrogate)
        }
        return index + 12
    }

    /// The four digits after the `\u` at `index`.
    private func hexadecimal(ofEscapeAt index: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for position in index + 2..<index + 6 {
            guard position < count else { throw JSONError(offset: count, problem: .unexpectedEnd) }
            guard let digit = Self.hexadecimalDigit(bytes[position]) else {
                throw JSONError(offset: index, problem: .invalidEscape)
            }
            value = value << 4 | digit
        }
        return value
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}

// MARK: - Text

extension JSONScanner {
    /// The text of a range that this scanner has passed, such as `skipValue()` returns, verbatim.
    public func text(in range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }

    func text(_ slice: JSONStringSlice) -> String {
        guard slice.hasEscapes else { return text(in: slice.start..<slice.end) }
        // No escape is shorter than the UTF-8 that it stands for.
        return String(unsafeUninitializedCapacity: slice.end - slice.start) { unescape(slice, into: $0) }
    }

    /// Writes the string's UTF-8, and returns its length. The slice has been validated.
    private func unescape(_ slice: JSONStringSlice, into output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var index = slice.start
        var written = 0
        while index < slice.end {
            guard bytes[index] == UInt8(ascii: "\\") else {
                output[written] = bytes[index]
                index += 1
                written += 1
                continue
            }
            let (scalar, length) = unescapedScalar(at: index)
            index += length
            for byte in UTF8.encode(scalar)! {
                output[written] = byte
                written += 1
            }
        }
        return written
    }

    private func unescapedScalar(at index: Int) -> (Unicode.Scalar, length: Int) {
        switch bytes[index + 1] {
        case UInt8(ascii: "b"): return ("\u{8}", 2)
        case UInt8(ascii: "f"): return ("\u{C}", 2)
        case UInt8(ascii: "n"): return ("\n", 2)
        case UInt8(ascii: "r"): return ("\r", 2)
        case UInt8(ascii: "t"): return ("\t", 2)
        case UInt8(ascii: "u"): break
        case let itself: return (Unicode.Scalar(itself), 2)
        }
        func digits(at start: Int) -> UInt32 {
            (start..<start + 4).reduce(0) { $0 << 4 | (Self.hexadecimalDigit(bytes[$1]) ?? 0) }
        }
        let unit = digits(at: index + 2)
        guard unit & 0xFC00 == 0xD800 else { return (Unicode.Scalar(unit)!, 6) }
        let low = digits(at: index + 8)
        return (Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF))!, 12)
    }
}
