extension JSON {
    /// Reads one value, with nothing but white space around it.
    ///
    /// Integers that fit are exact, other numbers are rounded to the nearest double. Refused are, beyond what RFC 8259
    /// refuses: a key that occurs twice, U+0000, lone surrogates, numbers larger than a double can be, and nesting
    /// deeper than `maximumDepth`, which is brought into `1...JSONScanner.deepest`.
    public static func parse(
        _ bytes: UnsafeRawBufferPointer,
        maximumDepth: Int = JSONScanner.deepest
    ) throws(JSONError) -> JSON {
        var scanner = JSONScanner(bytes, maximumDepth: maximumDepth)
        let value = try scanner.readJSON()
        try scanner.finish()
        return value
    }

    /// Reads one value, with nothing but white space around it.
    public static func parse(
        _ bytes: some Sequence<UInt8>,
        maximumDepth: Int = JSONScanner.deepest
    ) throws(JSONError) -> JSON {
        // The sequence's own access to its storage erases the type of the error.
        var result = Result<JSON, JSONError>?.none
        bytes.withContiguousStorageIfAvailable { storage in
            result = Result { () throws(JSONError) in
                try parse(UnsafeRawBufferPointer(storage), maximumDepth: maximumDepth)
            }
        }
        if let result { return try result.get() }
        return try Array(bytes).withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try parse(UnsafeRawBufferPointer(buffer), maximumDepth: maximumDepth)
        }
    }

    /// Reads one value, with nothing but white space around it.
    public static func parse(_ text: String, maximumDepth: Int = JSONScanner.deepest) throws(JSONError) -> JSON {
        try parse(text.utf8, maximumDepth: maximumDepth)
    }
}

extension JSONScanner {
    /// Reads the next value, whatever its kind, as a tree. A key that occurs twice in an object is refused.
    public mutating func readJSON() throws(JSONError) -> JSON {
        switch try peek() {
        case .null:
            try readNull()
            return .null
        case .bool: return .bool(try readBool())
        case .number: return try readNumber()
        case .string: return .string(try readString())
        case .array:
            var elements: [JSON] = []
            try beginArray()
            while try nextElement() { elements.append(try readJSON()) }
            return .array(elements)
        case .object:
            var object = JSONObject()
            try beginObject()
            while let (key, start) = try nextKeyAndOffset() {
                guard object.append(key, try readJSON()) else {
                    throw JSONError(offset: start, problem: .duplicateKey(key))
                }
            }
            return .object(object)
        }
    }
}
