import Foundation
import HooklinePrimitives
import HooklineStatistics
import Testing

/// Documents broken at random, with a seed.
struct JSONFuzzTests {
    private static let seeds = [
        #"{"type":"view","user":"v-1","value":12.75,"properties":{"a":[1,2,{"b":null}],"t":true,"f":false}}"#,
        #"[0,-0,1.5e10,-2E-3,123456789012345678901234567890,0.1234567890123456789,5e-324]"#,
        #"{"ü":"日本\u00e9\ud83d\ude00😀","\"\\\/\b\f\n\r\t":""}"#, #" [ [ ] , { } , "" , [ [ [ 1 ] ] ] ] "#,
        #""abcdefgh\u0041ijklmnop""#, "-12.5e+3", "true", "null ", "\"\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\"",
    ].map { Array($0.utf8) }

    private static let fragments: [[UInt8]] =
        [
            "\"", "\\", "{", "}", "[", "]", ",", ":", "e", ".", "-", "+", "0", "9", " ", "\n", "\0", "\u{1F}",
            "\\u0000",
            "\\ud800", "\\udc00", "\\u00", "\\x", "NaN", "null", "true", "/", "'", "1e999", "\u{A0}", "\u{FEFF}",
            "\u{B}",
        ].map { Array($0.utf8) }
        + [
            [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xF5],
            [0xFF],
        ]

    private static func mutated(using random: inout SplitMix64) -> [UInt8] {
        var document = seeds.randomElement(using: &random)!
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: 0...document.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: document.insert(contentsOf: fragments.randomElement(using: &random)!, at: place)
            case 1 where place < document.count: document[place] = UInt8.random(in: .min ... .max, using: &random)
            case 2 where place < document.count: document.remove(at: place)
            case 3: document.insert(contentsOf: document[..<place], at: place)
            default: document.removeSubrange(place...)
            }
        }
        return document
    }

    /// The tree and the skipping scanner agree on what is JSON, and what is written reads back the same.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func agreesWithItself(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<5000 {
            let document = Self.mutated(using: &random)
            let skipped = Result { () throws(JSONError) in try RawJSON(document) }
            let parsed = Result { () throws(JSONError) in try JSON.parse(document) }
            switch (skipped, parsed) {
            case (.success, .success(let tree)):
                let encoded = tree.encoded()
                #expect(try JSON.parse(encoded) == tree)
                #expect(try JSON.parse(encoded).encoded() == encoded)
                #expect(try JSON.parse(tree.encoded(pretty: true)) == tree)
            case (.success, .failure(let error)):
                // What only the tree looks at.
                switch error.problem {
                case .duplicateKey, .numberOutOfRange: break
                default: Issue.record("\(error): \(document)")
                }
            case (.failure(let left), .failure(let right)):
                #expect((0...document.count).contains(left.offset))
                #expect(left == right || right.offset < left.offset, "\(document)")
            case (.failure(let error), .success): Issue.record("\(error): \(document)")
            }
        }
    }

    /// Foundation's parser accepts the same documents, but for what is refused on purpose.
    @Test func agreesWithFoundation() throws {
        var random = SplitMix64(seed: 5)
        var accepted = 0
        for _ in 0..<10_000 {
            let document = Self.mutated(using: &random)
            // Foundation guesses UTF-16 and UTF-32 from U+0000, and accepts a byte order mark and a NUL.
            if document.contains(0) || document.starts(with: [0xEF, 0xBB, 0xBF]) { continue }
            let theirs = (try? JSONSerialization.jsonObject(with: Data(document), options: .fragmentsAllowed)) != nil
            let ours = Result { () throws(JSONError) in try JSON.parse(document) }
            switch ours {
            case .success:
                accepted += 1
                #expect(theirs, "\(String(decoding: document, as: UTF8.self))")
            case .failure(let error):
                switch error.problem {
                case .duplicateKey, .nul, .numberOutOfRange, .loneSurrogate: break
                // Foundation takes a comma before a closing bracket.
                case .expected where [0x5D, 0x7D].contains(document[error.offset]): break
                default: #expect(!theirs, "\(error): \(String(decoding: document, as: UTF8.self))")
                }
            }
        }
        #expect(accepted > 500)
    }

    /// No byte behind the end is looked at: the end of each document is the end of the memory that may be read.
    @Test func readsNothingBehindTheEnd() throws {
        let page = Int(getpagesize())
        let length = 2 * page
        let memory = try #require(mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0))
        try #require(memory != MAP_FAILED)
        defer { munmap(memory, length) }
        try #require(mprotect(memory + page, page, PROT_NONE) == 0)
        for document in Self.seeds {
            for end in 0...document.count {
                let start = memory + (page - end)
                start.copyMemory(from: Array(document[..<end]), byteCount: end)
                let bytes = UnsafeRawBufferPointer(start: start, count: end)
                _ = try? JSON.parse(bytes)
                var scanner = JSONScanner(bytes)
                _ = try? scanner.skipValue()
            }
        }
    }
}
