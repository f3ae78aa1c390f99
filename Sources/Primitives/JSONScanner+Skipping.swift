extension JSONScanner {
    /// Passes over the next value, validating it, and returns the range of its bytes, without the white space around.
    ///
    /// Only the grammar is looked at: neither the magnitude of numbers nor whether a key occurs twice.
    @discardableResult
    public mutating func skipValue() throws(JSONError) -> Range<Int> {
        _ = try startValue()
        let start = offset
        var nesting = JSONNesting()
        while true {
            if try skipOpening(&nesting) { continue }
            if try skipClosings(&nesting) {
                state = .afterValue
                return start..<offset
            }
        }
    }

    /// Reads `true` or `false`.
    public mutating func readBool() throws(JSONError) -> Bool {
        switch try startValue() {
        case UInt8(ascii: "t"):
            try skipWord("true")
            return true
        case UInt8(ascii: "f"):
            try skipWord("false")
            return false
        default: throw unexpected("true or false")
        }
    }

    /// Reads `null`.
    public mutating func readNull() throws(JSONError) {
        guard try startValue() == UInt8(ascii: "n") else { throw unexpected("null") }
        try skipWord("null")
    }

    /// Reads `null` where it comes next, and tells whether it did.
    public mutating func readNullIfPresent() throws(JSONError) -> Bool {
        guard try startValue() == UInt8(ascii: "n") else { return false }
        try skipWord("null")
        return true
    }

    /// Passes over a scalar, an empty container, or the opening of one up to its first value; true for the last.
    @inline(__always)
    private mutating func skipOpening(_ nesting: inout JSONNesting) throws(JSONError) -> Bool {
        guard offset < count else { throw JSONError(offset: count, problem: .unexpectedEnd) }
        switch bytes[offset] {
        case UInt8(ascii: "\""): _ = try scanString()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): _ = try scanNumber()
        case UInt8(ascii: "{"):
            try push(isObject: true, &nesting)
            if consume(UInt8(ascii: "}")) {
                nesting.pop()
                return false
            }
            try skipKey(or: "a key in quotes or '}'")
            return true
        case UInt8(ascii: "["):
            try push(isObject: false, &nesting)
            if consume(UInt8(ascii: "]")) {
                nesting.pop()
                return false
            }
            return true
        case UInt8(ascii: "t"): try skipWord("true")
        case UInt8(ascii: "f"): try skipWord("false")
        case UInt8(ascii: "n"): try skipWord("null")
        default: throw unexpected("a value")
        }
        return false
    }

    /// Passes over closing brackets, then over a comma and what stands before the next value; true at the outer end.
    @inline(__always)
    private mutating func skipClosings(_ nesting: inout JSONNesting) throws(JSONError) -> Bool {
        while nesting.depth > 0 {
            skipWhitespace()
            if consume(UInt8(ascii: ",")) {
                skipWhitespace()
                if nesting.isObject { try skipKey(or: "a key in quotes") }
                return false
            }
            guard consume(nesting.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                throw unexpected(nesting.isObject ? "',' or '}'" : "',' or ']'")
            }
            nesting.pop()
        }
        return true
    }

    @inline(__always)
    private mutating func push(isObject: Bool, _ nesting: inout JSONNesting) throws(JSONError) {
        guard depth + nesting.depth < maximumDepth else {
            throw JSONError(offset: offset, problem: .tooDeep(maximumDepth: maximumDepth))
        }
        nesting.push(isObject: isObject)
        offset += 1
        skipWhitespace()
    }

    @inline(__always)
    private mutating func skipKey(or expected: String) throws(JSONError) {
        guard offset < count, bytes[offset] == UInt8(ascii: "\"") else { throw unexpected(expected) }
        _ = try scanString()
        try skipColon()
        skipWhitespace()
    }

    private mutating func skipWord(_ word: StaticString) throws(JSONError) {
        let start = offset
        for index in 0..<word.utf8CodeUnitCount {
            guard start + index < count else { throw JSONError(offset: count, problem: .unexpectedEnd) }
            guard bytes[start + index] == word.utf8Start[index] else {
                throw JSONError(offset: start, problem: .expected("a value"))
            }
        }
        offset = start + word.utf8CodeUnitCount
        state = .afterValue
    }
}

/// Which of the open brackets are objects: one bit for each level, the innermost lowest.
private struct JSONNesting {
    var depth = 0
    var objects: UInt64 = 0

    @inline(__always) var isObject: Bool { objects & 1 == 1 }

    @inline(__always)
    mutating func push(isObject: Bool) {
        objects = objects &<< 1 | (isObject ? 1 : 0)
        depth += 1
    }

    @inline(__always)
    mutating func pop() {
        objects = objects &>> 1
        depth -= 1
    }
}
