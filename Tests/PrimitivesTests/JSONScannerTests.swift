import HooklinePrimitives
import Testing

/// Reading value by value.
struct JSONScannerTests {
    private func scan<Result>(
        _ text: String,
        maximumDepth: Int = JSONScanner.deepest,
        _ body: (inout JSONScanner) throws -> Result
    ) rethrows -> Result {
        try Array(text.utf8).withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(buffer, maximumDepth: maximumDepth)
            return try body(&scanner)
        }
    }

    @Test func readsAnEvent() throws {
        let text =
            #" {"type":"view","value":1.5,"count":3,"seen":true,"none":null,"properties":{"a": [1, 2] } ,"tags":["x","ü\n"]} "#
        try scan(text) { scanner in
            var seen: [String] = []
            var type = "", value = 0.0, count: Int64 = 0, isSeen = false, isNull = false, properties = "",
                tags: [String] = []
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                seen.append(key)
                switch key {
                case "type": type = try scanner.readString()
                case "value": value = try scanner.readDouble()
                case "count": count = try scanner.readInteger()
                case "seen": isSeen = try scanner.readBool()
                case "none": isNull = try scanner.readNullIfPresent()
                case "properties": properties = scanner.text(in: try scanner.skipValue())
                default:
                    try scanner.beginArray()
                    while try scanner.nextElement() { tags.append(try scanner.readString()) }
                }
            }
            try scanner.finish()
            #expect(type == "view" && value == 1.5 && count == 3 && isSeen && isNull)
            #expect(properties == #"{"a": [1, 2] }"#)
            #expect(tags == ["x", "ü\n"])
            #expect(seen == ["type", "value", "count", "seen", "none", "properties", "tags"])
            #expect(scanner.offset == text.utf8.count)
        }
    }

    @Test func skipsWhatIsNotRead() throws {
        try scan(#"{"a":[1,{"b":2}],"c":"d","e":[[],1]}"#) { scanner in
            var keys: [String] = []
            try scanner.beginObject()
            while let key = try scanner.nextKey() { keys.append(key) }
            #expect(keys == ["a", "c", "e"])
            try scanner.finish()
        }
        try scan("[1,[2],{}]") { scanner in
            var count = 0
            try scanner.beginArray()
            while try scanner.nextElement() { count += 1 }
            #expect(count == 3)
            try scanner.finish()
        }
        #expect(throws: JSONError(offset: 5, problem: .expected("a value"))) {
            try scan(#"{"a":x}"#) { scanner in
                try scanner.beginObject()
                while try scanner.nextKey() != nil {}
            }
        }
    }

    @Test(arguments: [
        ("null", JSONKind.null), ("true", .bool), ("false", .bool), (" -1", .number), ("7", .number), ("\"\"", .string),
        ("[", .array), ("\n{", .object),
    ])
    func peeks(text: String, kind: JSONKind) throws {
        let peeked = try scan(text) { try $0.peek() }
        #expect(peeked == kind)
    }

    @Test func namesTheKindThatIsExpected() {
        func problem(_ body: (inout JSONScanner) throws -> Void) -> JSONError? {
            do {
                try scan(" @", body)
                return nil
            } catch { return error as? JSONError }
        }
        #expect(problem { _ = try $0.peek() } == JSONError(offset: 1, problem: .expected("a value")))
        #expect(problem { _ = try $0.readString() } == JSONError(offset: 1, problem: .expected("text")))
        #expect(problem { _ = try $0.readDouble() } == JSONError(offset: 1, problem: .expected("a number")))
        #expect(problem { _ = try $0.readInteger() } == JSONError(offset: 1, problem: .expected("a whole number")))
        #expect(problem { _ = try $0.readBool() } == JSONError(offset: 1, problem: .expected("true or false")))
        #expect(problem { try $0.readNull() } == JSONError(offset: 1, problem: .expected("null")))
        #expect(problem { try $0.beginObject() } == JSONError(offset: 1, problem: .expected("an object")))
        #expect(problem { try $0.beginArray() } == JSONError(offset: 1, problem: .expected("an array")))
        #expect(problem { _ = try $0.readJSON() } == JSONError(offset: 1, problem: .expected("a value")))
    }

    @Test func countsTheDepthOfBothWaysOfReading() throws {
        // Two levels entered, two more skipped.
        #expect(throws: JSONError(offset: 7, problem: .tooDeep(maximumDepth: 3))) {
            try scan(#"[{"a":[[]]}]"#, maximumDepth: 3) { scanner in
                try scanner.beginArray()
                _ = try scanner.nextElement()
                try scanner.beginObject()
                _ = try scanner.nextKey()
                try scanner.skipValue()
            }
        }
        #expect(throws: JSONError(offset: 1, problem: .tooDeep(maximumDepth: 1))) {
            try scan("[[]]", maximumDepth: 1) { scanner in
                try scanner.beginArray()
                _ = try scanner.nextElement()
                try scanner.beginArray()
            }
        }
    }

    @Test func readsARangeWithOffsetsOfTheWhole() throws {
        try Array("xx[1, 2]yy".utf8).withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(buffer, in: 2..<8)
            let range = try scanner.skipValue()
            #expect(range == 2..<8)
            try scanner.finish()
            #expect(scanner.offset == 8)
            var short = JSONScanner(buffer, in: 2..<7)
            #expect(throws: JSONError(offset: 7, problem: .unexpectedEnd)) { _ = try short.skipValue() }
            // The number's digits go on behind the range, where they do not count.
            var number = JSONScanner(buffer, in: 3..<4)
            let one = try number.readInteger()
            #expect(one == 1)
        }
    }

    @Test func readsLines() throws {
        let text = "{\"a\":1}\n\n  \r\n{\"a\":2}\r\n{\"a\":\n{\"a\":4}\n[\"un\ndone\"]\n{\"a\":5}"
        let results = Array(text.utf8).withUnsafeBytes { buffer in
            JSONLines(buffer).map { line -> Swift.Result<String, JSONError> in
                Swift.Result { () throws(JSONError) in
                    var scanner = JSONScanner(buffer, in: line)
                    let range = try scanner.skipValue()
                    try scanner.finish()
                    return scanner.text(in: range)
                }
            }
        }
        #expect(
            results == [
                .success(#"{"a":1}"#), .success(#"{"a":2}"#), .failure(JSONError(offset: 27, problem: .unexpectedEnd)),
                .success(#"{"a":4}"#), .failure(JSONError(offset: 40, problem: .unexpectedEnd)),
                .failure(JSONError(offset: 41, problem: .expected("a value"))), .success(#"{"a":5}"#),
            ]
        )
        #expect([UInt8]().withUnsafeBytes { JSONLines($0).map { $0 } }.isEmpty)
        #expect(Array("\n\r\n \n".utf8).withUnsafeBytes { JSONLines($0).map { $0 } }.isEmpty)
    }

    @Test func resolvesEscapes() throws {
        let text = #""\"\\\/\b\f\n\r\t\u0041\u00e9\u65E5\uD83D\uDE00\uFFFF plain ü""#
        let resolved = try scan(text) { try $0.readString() }
        #expect(resolved == "\"\\/\u{8}\u{C}\n\r\tAé日😀\u{FFFF} plain ü")
        // The longest strings that are read have no limit of their own.
        let long = String(repeating: #"abc\n"#, count: 200_000)
        let read = try scan("\"\(long)\"") { try $0.readString() }
        #expect(read.utf8.count == 800_000)
    }
}
