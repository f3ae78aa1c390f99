import HooklineStatistics
import Testing

@testable import HooklinePrimitives

/// Checking values against JSON Schemas.
struct JSONSchemaTests {
    private func schema(_ text: String, assertsFormats: Bool = false) throws -> JSONSchema {
        try JSONSchema(JSON.parse(text), assertsFormats: assertsFormats)
    }

    private func problems(_ text: String, _ value: String) throws -> [String] {
        try schema(text).validate(JSON.parse(value)).map { "\($0.keyword): \($0)" }
    }

    @Test func agreesWithAnotherValidator() throws {
        var count = 0
        for entry in JSONSchemaCase.all {
            let schema = try schema(entry.schema)
            for value in try #require(JSON.parse(entry.valid).array) {
                #expect(schema.validate(value).isEmpty, "\(value) against \(entry.schema)")
                count += 1
            }
            for value in try #require(JSON.parse(entry.invalid).array) {
                #expect(!schema.validate(value).isEmpty, "\(value) against \(entry.schema)")
                count += 1
            }
        }
        #expect(count == 242)
    }

    @Test func namesThePlaceAndTheProblem() throws {
        let video = #"""
            {"type": "object", "required": ["id", "title"], "additionalProperties": false,
             "properties": {
                "id": {"type": "string"}, "title": {"type": "string", "minLength": 3}, "seconds": {"maximum": 60},
                "tags": {"items": {"pattern": "^[a-z]+$"}, "uniqueItems": true}, "a/b": {"type": ["integer", "null"]}}}
            """#
        let value = #"{"id": 5, "seconds": 61.5, "tags": ["a", "B", "a"], "a/b": 1.5, "titel": "x"}"#
        #expect(
            try problems(video, value) == [
                "required: the value lacks the member 'title'",
                "type: /id is 5; accepted is text",
                "maximum: /seconds is 61.5; accepted is at most 60",
                "pattern: /tags/1 is 'B'; accepted is what matches '^[a-z]+$'",
                "uniqueItems: /tags has the same element at 0 and 2; accepted are different ones",
                "type: /a~1b is 1.5; accepted is a whole number or null",
                "additionalProperties: /titel is not accepted here; accepted are id, title, seconds, tags, a/b",
            ]
        )
        #expect(try problems(video, "3") == ["type: the value is 3; accepted is an object"])
        #expect(
            try problems(#"{"anyOf": [{"type": "string"}, {"minimum": 3}]}"#, "2")
                == ["anyOf: the value matches none of the 2 schemas that are accepted"]
        )
        #expect(
            try problems(#"{"oneOf": [true, {"minimum": 3}, {}]}"#, "2")
                == ["oneOf: the value matches both the schemas 0 and 2 of 3; accepted is what matches exactly one"]
        )
        #expect(
            try problems(#"{"enum": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}"#, #""x""#)
                == ["enum: the value is 'x'; accepted are 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more"]
        )
    }

    @Test func listsAtMostTwentyViolations() throws {
        let value = JSON.array((0..<100).map { .integer($0) })
        let violations = try schema(#"{"items": {"type": "string"}}"#).validate(value)
        #expect(violations.count == JSONSchema.maximumViolations)
        #expect(violations.last?.pointer == "/19")
    }

    @Test func refusesWhatIsNoSchema() throws {
        let refused = [
            ("3", "the schema is a number; accepted is a schema: an object, true or false"),
            (
                #"{"$defs": {"a": {"type": "txt"}}}"#,
                "/$defs/a/type is 'txt'; accepted are 'null', 'boolean', 'object',"
            ),
            (#"{"type": ["string", "string"]}"#, "/type/1 is 'string'; accepted are"),
            (#"{"minLength": -1}"#, "/minLength is -1; accepted is a whole number of at least 0"),
            (#"{"multipleOf": 0}"#, "/multipleOf is 0; accepted is a number above 0"),
            (#"{"required": ["a", "a"]}"#, "/required/1 is 'a', which occurs twice"),
            (#"{"items": [{}]}"#, "/items is an array; accepted is a schema; for a list of them there is prefixItems"),
            (#"{"allOf": []}"#, "/allOf is empty; accepted is an array of at least one schema"),
            (#"{"properties": {"a/b": 1}}"#, "/properties/a~1b is a number; accepted is a schema"),
            (##"{"$ref": "#/$defs/x"}"##, "/$ref is '#/$defs/x', where there is no schema"),
            (#"{"$ref": "other.json"}"#, "/$ref is 'other.json', which is not in this schema"),
            (##"{"$dynamicRef": "#x"}"##, "/$dynamicRef is not supported; use $ref"),
            (
                #"{"dependencies": {}}"#,
                "/dependencies is of an older draft; use dependentRequired and dependentSchemas"
            ),
            (
                #"{"$schema": "http://json-schema.org/draft-07/schema#"}"#,
                "/$schema is 'http://json-schema.org/draft-07"
            ),
            (
                #"{"$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}}"#,
                "/$defs/b/$anchor is 'x', which occurs twice"
            ),
            (##"{"allOf": [{"$ref": "#"}]}"##, "the schema applies itself to the same value without end"),
            (#"{"pattern": "(a"}"#, "/pattern is '(a', which has a '(' without its ')'"),
            (#"{"patternProperties": {"(?=a)": {}}}"#, "/patternProperties/(?=a) is '(?=a)', which looks ahead"),
        ]
        for (text, message) in refused {
            let error = #expect(throws: JSONSchemaError.self) { try schema(text) }
            let description = try #require(error).description
            #expect(description.hasPrefix(message), "\(description)")
        }
    }

    @Test func limitsTheSchemasLength() throws {
        let long = String(repeating: "x", count: JSONSchema.maximumBytes)
        #expect(throws: JSONSchemaError.tooLarge(bytes: 65_548, maximumBytes: 65_536)) {
            try JSONSchema(["title": .string(long)])
        }
    }

    @Test func givesUpWhereACheckTakesTooLong() throws {
        // Each definition applies the next one twice: 2^40 schemas.
        var definitions = JSONObject()
        for level in 0..<40 {
            let next: JSON = ["$ref": .string("#/$defs/d\(level + 1)")]
            definitions.append("d\(level)", ["allOf": [next, next]])
        }
        definitions.append("d40", ["type": "string"])
        // Giving up must not make a value valid, not even under a not.
        let schema = try JSONSchema(["$defs": .object(definitions), "not": ["$ref": "#/$defs/d0"]])
        #expect(schema.validate("a").map(\.description) == ["the value takes more than 2000000 steps to check"])
    }

    @Test func givesUpWhereSchemasNestTooDeep() throws {
        var definitions = JSONObject()
        for level in 0..<300 { definitions.append("d\(level)", ["$ref": .string("#/$defs/d\(level + 1)")]) }
        definitions.append("d300", true)
        let schema = try JSONSchema(["$defs": .object(definitions), "not": ["$ref": "#/$defs/d0"]])
        #expect(schema.validate(1).map(\.description) == ["the value nests schemas deeper than 160 levels"])
    }

    @Test func followsAValueAsDeepAsOneCanBe() throws {
        let tree = ##"{"type": "array", "items": {"$ref": "#"}}"##
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try problems(tree, deepest).isEmpty)
        let broken = deepest.replacing("[]", with: "[1]")
        #expect(try problems(tree, broken).count == 1)
    }

    @Test func assertsFormatsOnlyWhereAsked() throws {
        let formats: [(String, valid: [String], invalid: [String])] = [
            ("date-time", ["2026-01-28T10:00:00Z", "1998-12-31T23:59:60Z"], ["2026-01-28", "2026-13-01T00:00:00Z"]),
            ("date", ["2024-02-29"], ["2026-02-29", "2026-1-1", "2026-01-01T"]),
            ("time", ["10:00:00.25+01:00", "08:30:06z"], ["24:00:00Z", "10:00:00", "22:59:60Z"]),
            ("uuid", ["2EB8AA08-aa98-11ea-b4aa-73b441d16380"], ["2eb8aa08aa9811eab4aa73b441d16380", "x"]),
            ("ipv4", ["192.168.0.1"], ["256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4.5", "99999999999999999999.1.1.1"]),
            ("email", ["no address"], []),
        ]
        for (format, valid, invalid) in formats {
            let asserting = try schema(#"{"format": "\#(format)"}"#, assertsFormats: true)
            let annotating = try schema(#"{"format": "\#(format)"}"#)
            for text in valid { #expect(asserting.validate(.string(text)).isEmpty, "\(text)") }
            for text in invalid { #expect(!asserting.validate(.string(text)).isEmpty, "\(text)") }
            for text in valid + invalid { #expect(annotating.validate(.string(text)).isEmpty) }
        }
    }

    @Test func comparesNumbersExactly() {
        let ascending: [JSON] = [
            .number(-1e300), .integer(.min), .integer(-2), .number(-1.5), .integer(-1),
            .number(-.leastNonzeroMagnitude), .integer(0), .number(.leastNonzeroMagnitude),
            .integer(9_007_199_254_740_992), .integer(9_007_199_254_740_993), .integer(.max - 1), .integer(.max),
            .number(0x1p63), .number(1e300),
        ]
        for (left, first) in ascending.enumerated() {
            for (right, second) in ascending.enumerated() {
                #expect(first.isLess(than: second) == (left < right), "\(first) and \(second)")
            }
        }
        #expect(JSON.integer(3).isLess(than: .number(3)) == false)
        #expect(JSON.number(.nan).isLess(than: 1) == nil)
        #expect(JSON.string("a").isLess(than: "b") == true)
        #expect(JSON.string("1").isLess(than: 2) == nil)
        #expect(JSON.null.isLess(than: 2) == nil)
    }

    @Test func findsMultiplesExactly() throws {
        let cases: [(JSON, JSON, Bool)] = [
            (0.3, 0.1, true), (1.1, 0.1, true), (0.0075, 0.0001, true), (0.00751, 0.0001, false), (4.35, 0.01, true),
            (1e300, 0.1, true), (1e300, 7, false), (1e-300, 1e-301, true), (1e-301, 1e-300, false), (0, 0.3, true),
            (.integer(.min), .integer(2), true), (.integer(.max), .integer(2), false),
            (.integer(.max), .integer(7), true),
            (-7.5, 2.5, true), (1e308, 0.123456789, false), (12_391_239_123, 1e-8, true),
        ]
        for (value, divisor, isMultiple) in cases {
            let violations = try JSONSchema(["multipleOf": divisor]).validate(value)
            #expect(violations.isEmpty == isMultiple, "\(value) of \(divisor)")
        }
    }

    @Test func isTheSameForMembersInAnyOrder() throws {
        var generator = SplitMix64(seed: 20_260_128)
        for entry in JSONSchemaCase.all {
            let text = try JSON.parse(entry.schema)
            let schema = try JSONSchema(text)
            let shuffled = try JSONSchema(text.shuffled(using: &generator))
            // A schema's own references would lead elsewhere from inside of another.
            let negated = try entry.schema.contains("$ref") ? nil : JSONSchema(["not": text])
            let values = try (JSON.parse(entry.valid).array ?? []) + (JSON.parse(entry.invalid).array ?? [])
            for value in values {
                let isValid = schema.validate(value).isEmpty
                #expect(shuffled.validate(value.shuffled(using: &generator)).isEmpty == isValid)
                if let negated { #expect(negated.validate(value).isEmpty != isValid) }
            }
        }
    }
}

extension JSON {
    /// The value with the members of its objects in another order.
    fileprivate func shuffled(using generator: inout SplitMix64) -> JSON {
        switch self {
        case .array(let elements): return .array(elements.map { $0.shuffled(using: &generator) })
        case .object(let object):
            var result = JSONObject()
            for member in object.shuffled(using: &generator) {
                result.append(member.key, member.value.shuffled(using: &generator))
            }
            return .object(result)
        default: return self
        }
    }
}
