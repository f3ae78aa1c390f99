import HooklineStatistics
import Testing

@testable import HooklineCLI

@Suite struct CSVReaderTests {
    /// The records of a text that arrives in pieces of so many bytes.
    private func records(_ bytes: [UInt8], chunk: Int = .max, separator: UInt8 = 0x2C) throws -> [CSVRecord] {
        var reader = CSVReader(separator: separator)
        var records: [CSVRecord] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            try reader.read(rest.prefix(chunk)) { records.append($0) }
            rest = rest.dropFirst(chunk)
        }
        try reader.finish { records.append($0) }
        return records
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let fields: [[String]]
        var lines: [Int]?
        var testDescription: String { text.debugDescription }
    }

    static let cases = [
        Case(text: "", fields: []),
        Case(text: "\n\r\n\r", fields: []),
        Case(text: "a", fields: [["a"]]),
        Case(text: "a,b\n1,2\n", fields: [["a", "b"], ["1", "2"]], lines: [1, 2]),
        Case(text: "a,b\r\n1,2", fields: [["a", "b"], ["1", "2"]], lines: [1, 2]),
        Case(text: "a\rb\r\rc", fields: [["a"], ["b"], ["c"]], lines: [1, 2, 4]),
        Case(text: "a,\n,\n", fields: [["a", ""], ["", ""]]),
        Case(text: ",", fields: [["", ""]]),
        Case(text: "\"\"", fields: [[""]]),
        Case(text: "\"\"\n", fields: [[""]]),
        Case(text: "\"a,b\",c", fields: [["a,b", "c"]]),
        Case(text: "\"say \"\"hi\"\"\"", fields: [["say \"hi\""]]),
        Case(text: "\"\"\"\"", fields: [["\""]]),
        Case(text: "\"one\ntwo\",x\ny,z", fields: [["one\ntwo", "x"], ["y", "z"]], lines: [1, 3]),
        Case(
            text: "\"one\r\ntwo\r\nthree\",x\r\ny,z",
            fields: [["one\r\ntwo\r\nthree", "x"], ["y", "z"]],
            lines: [1, 4]
        ),
        Case(text: "\n\na\n\nb\n", fields: [["a"], ["b"]], lines: [3, 5]),
        Case(text: "\u{FEFF}a,b\n1,2", fields: [["a", "b"], ["1", "2"]]),
        Case(text: "\u{FEFF}\"a\",b", fields: [["a", "b"]]),
        Case(text: "\u{FEFF}", fields: []),
        Case(text: "a\u{FEFF}", fields: [["a\u{FEFF}"]]),
        Case(text: "18 m²,👍🏽,日本", fields: [["18 m²", "👍🏽", "日本"]]),
        Case(text: " a , b ", fields: [[" a ", " b "]]),
    ]

    @Test(arguments: cases) func readsRecords(_ example: Case) throws {
        let bytes = Array(example.text.utf8)
        let expected = try records(bytes)
        #expect(expected.map(\.fields) == example.fields)
        if let lines = example.lines { #expect(expected.map(\.line) == lines) }
        // Where the pieces begin must not matter.
        for chunk in 1...max(1, min(bytes.count, 7)) { #expect(try records(bytes, chunk: chunk) == expected) }
    }

    @Test(arguments: [
        ("a,b\n\"open\n\n", 2, "the quote is never closed"),
        ("a\n\"b\"c\n", 2, "field 1 has text after its closing quote"),
        (
            "a,b\n1,2\"3\n", 2,
            "field 2 has a quote inside; a field with quotes is written in quotes, and the quotes twice"
        ),
        ("\"x\ny\"z", 2, "field 1 has text after its closing quote"),
    ]) func namesTheLine(_ text: String, _ line: Int, _ problem: String) {
        #expect(throws: CSVError(line: line, problem: problem)) { try records(Array(text.utf8)) }
    }

    @Test func refusesWhatIsNotUTF8() {
        let latin1: [UInt8] = [0x61, 0x0A, 0x62, 0x2C, 0xE9, 0x0A]
        #expect(throws: CSVError(line: 2, problem: "field 2 is not UTF-8")) { try records(latin1) }
        #expect(throws: CSVError(line: 1, problem: "field 1 is not UTF-8")) { try records([0xEF, 0xBB]) }
    }

    @Test func refusesARecordWithoutEnd() {
        let bytes = Array("a\n\"".utf8) + [UInt8](repeating: 0x61, count: CSVReader.maximumRecordBytes + 1)
        let problem = "the quote is not closed within \(CSVReader.maximumRecordBytes) bytes"
        #expect(throws: CSVError(line: 2, problem: problem)) { try records(bytes, chunk: 4096) }
    }

    @Test func takesAnotherSeparator() throws {
        #expect(try records(Array("a;b,c\n".utf8), separator: UInt8(ascii: ";")).map(\.fields) == [["a", "b,c"]])
    }

    /// Whatever is written by the rules is read back, in whatever pieces it arrives.
    @Test func readsWhatIsWritten() throws {
        var generator = SplitMix64(seed: 20260128)
        let pieces = ["a", "\"", ",", "\n", "\r\n", "\r", "é", "", " ", "0"]
        for _ in 0..<500 {
            let rows = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                (0..<3).map { _ in
                    (0..<Int.random(in: 0...4, using: &generator)).map { _ in pieces.randomElement(using: &generator)! }
                        .joined()
                }
            }
            let text = rows.map(ResultsCSV.record).joined()
            let chunk = Int.random(in: 1...5, using: &generator)
            #expect(try records(Array(text.utf8), chunk: chunk).map(\.fields) == rows)
        }
    }
}
