import Foundation
import HooklinePrimitives
import HooklineStatistics
import Testing

/// Which payloads a filter takes, and why it refuses the others.
struct JSONFilterTests {
    private static let payload = """
        {"id": "v-1", "video": {"status": "published", "seconds": 45.5, "views": 9007199254740993, "tags":
         ["launch", "b", 3], "owner": null, "draft": false, "size": {"w": 1, "h": 2}, "a.b": 1, "$x": 2, "back\\\\slash": 3, "é": "é"},
         "items": [{"id": "a"}, {"id": "b", "n": [1, [2, 3]]}], "7": "seven"}
        """

    private func filter(_ text: String) throws -> JSONFilter { try JSONFilter(text: text) }

    @Test func takesWhatItsOperatorsTake() throws {
        let payload = try JSON.parse(Self.payload)
        let taken = [
            "{}", #"{"id": "v-1"}"#, #"{"video.status": "published", "id": "v-1"}"#,
            #"{"video": {"status": "published"}}"#,
            #"{"video": {"size.w": 1, "size": {"h": 2.0}}}"#, #"{"video.seconds": {"$gte": 45.5, "$lt": 60}}"#,
            #"{"video.seconds": {"$gt": 45, "$lte": 45.5}}"#, #"{"video.views": 9007199254740993}"#,
            #"{"video.views": {"$gt": 9007199254740992}}"#, #"{"video.views": {"$gt": 9007199254740992.0}}"#,
            #"{"video.tags": "launch"}"#, #"{"video.tags": {"$eq": ["launch", "b", 3]}}"#, #"{"video.tags": 3.0}"#,
            #"{"video.tags": {"$in": ["x", "b"]}}"#, #"{"video.tags.0": {"$starts_with": "la"}}"#,
            #"{"video.owner": null}"#, #"{"video.owner": {"$exists": true}}"#, #"{"video.none": {"$exists": false}}"#,
            #"{"video.none": {"$ne": "x"}}"#, #"{"video.none": {"$not": "x"}}"#,
            #"{"video.none.deeper": {"$exists": false}}"#,
            #"{"video.draft": false}"#, #"{"video.size": {"$eq": {"h": 2, "w": 1}}}"#, #"{"video.a\\.b": 1}"#,
            #"{"video": {"\\$x": 2}}"#, #"{"video.back\\\\slash": 3}"#, #"{"items.1.id": "b"}"#,
            #"{"items.1.n.1.0": 2}"#,
            #"{"items.1.n": {"$eq": [2, 3]}}"#, #"{"7": "seven"}"#, #"{"id": {"$gt": "v", "$lt": "w"}}"#,
            #"{"id": {"$starts_with": ""}}"#, #"{"video.status": {"$in": ["draft", "published"]}}"#,
            #"{"$or": [{"id": "x"}, {"video.status": "published"}]}"#, #"{"$and": [{"id": "v-1"}, {"7": "seven"}]}"#,
            #"{"$not": {"id": "x"}}"#, #"{"$not": {"id": "v-1", "7": "x"}}"#,
            #"{"id": "v-1", "$or": [{"7": "seven"}]}"#,
            #"{"video.seconds": {"$or": [{"$lt": 1}, {"$gt": 40, "$lt": 50}]}}"#,
            #"{"video": {"$or": [{"status": "x"}, {"draft": false}]}}"#,
            #"{"video.status": {"$or": ["x", "published"]}}"#,
            #"{"video": {"$not": {"status": "draft"}, "draft": false}}"#, #"{"video.seconds": {"$not": {"$gt": 50}}}"#,
        ]
        for text in taken {
            let filter = try filter(text)
            #expect(filter.matches(payload), "\(text)")
            #expect(filter.refusal(of: payload) == nil)
        }
        let left = [
            #"{"id": "V-1"}"#, #"{"id": 1}"#, #"{"video.status": "published", "id": "x"}"#, #"{"video": "published"}"#,
            #"{"video.seconds": "45.5"}"#, #"{"video.seconds": {"$gt": 45.5}}"#, #"{"video.seconds": {"$gt": "1"}}"#,
            #"{"video.seconds": {"$lt": "1"}}"#, #"{"id": {"$gt": 1}}"#, #"{"video.views": 9007199254740992}"#,
            #"{"video.tags": {"$gt": 1}}"#, #"{"video.tags": {"$starts_with": "la"}}"#,
            #"{"video.tags": {"$ne": "b"}}"#,
            #"{"video.tags": "laun"}"#, #"{"video.none": null}"#, #"{"video.none": {"$exists": true}}"#,
            #"{"video.none": {"$gt": 1}}"#, #"{"video.none": {"$in": [null]}}"#,
            #"{"video.none": {"$starts_with": ""}}"#,
            #"{"video.owner": {"$exists": false}}"#, #"{"video.owner": {"$lte": 0}}"#, #"{"video.draft": 0}"#,
            #"{"video.draft": null}"#, #"{"video.a.b": 1}"#, #"{"items.id": "b"}"#, #"{"items.2.id": "b"}"#,
            #"{"items.01.id": "b"}"#, #"{"items.-1.id": "b"}"#, #"{"video.size": {"$eq": {"w": 1}}}"#,
            #"{"video.é": "e\u0301"}"#, #"{"video.e\u0301": "é"}"#, #"{"$or": [{"id": "x"}, {"id": "y"}]}"#,
            #"{"$and": [{"id": "v-1"}, {"7": "x"}]}"#, #"{"$not": {"id": "v-1"}}"#,
            #"{"items.99999999999999999999": 1}"#, #"{"video.status.x": 1}"#,
        ]
        for text in left {
            let filter = try filter(text)
            #expect(!filter.matches(payload), "\(text)")
            #expect(filter.refusal(of: payload) != nil)
        }
    }

    @Test func saysWhichClauseRefused() throws {
        let payload = try JSON.parse(Self.payload)
        let refusals = [
            (
                #"{"id": "v-1", "video": {"status": "draft", "draft": true}}"#,
                #"video.status is 'published'; the filter has $eq 'draft'"#
            ),
            (#"{"video.seconds": {"$gt": 1, "$lt": 40}}"#, "video.seconds is 45.5; the filter has $lt 40"),
            (#"{"video.a\\.b": {"$ne": 1}}"#, #"video.a\.b is 1; the filter has $ne 1"#),
            (#"{"video.none": {"$exists": true}}"#, "video.none is missing; the filter has $exists true"),
            (#"{"id": {"$in": ["a", "b"]}}"#, "id is 'v-1'; the filter has $in an array"),
            (
                #"{"$and": [{"id": "v-1"}, {"id": {"$starts_with": "w"}}]}"#,
                "id is 'v-1'; the filter has $starts_with 'w'"
            ),
            (#"{"$or": [{"id": "x"}]}"#, "the payload is an object; the filter has $or an array"),
            (#"{"video.tags": {"$not": {"$in": ["b"]}}}"#, "video.tags is an array; the filter has $not an object"),
        ]
        for (text, description) in refusals {
            #expect(try filter(text).refusal(of: payload)?.description == description)
        }
        let refusal = try #require(try filter(#"{"video": {"seconds": {"$gte": 60}}}"#).refusal(of: payload))
        #expect(refusal.path == "video.seconds")
        #expect(refusal.operator == "$gte")
        #expect(refusal.expected == 60)
        #expect(refusal.found == 45.5)
    }

    @Test func namesTheOffendingClause() throws {
        func message(_ text: String) throws -> String {
            let error = #expect(throws: FieldError.self) { try filter(text) }
            return try #require(error).description
        }
        let messages = [
            ("[]", "filter is an array; expected an object"),
            ("{", "filter is no JSON at byte 1: the text ends too soon"),
            (#"{"$gt": 1}"#, "filter.$gt compares the payload itself; accepted are paths, $and, $or and $not"),
            (#"{"a": []}"#, "filter.a is an array; accepted are $in,"), (#"{"a": {}}"#, "filter.a is an empty object;"),
            (#"{"a.b": {"c": {"$regex": "x"}}}"#, #"filter["a.b"].c.$regex is an unknown operator; accepted are $eq,"#),
            (#"{"a": {"$nin": [1]}}"#, "filter.a.$nin is an unknown operator"),
            (#"{"a": {"$gt": 1, "b": 2}}"#, "filter.a.b mixes the operator $gt with the path 'b'"),
            (#"{"a": {"$gt": null}}"#, "filter.a.$gt is null; expected a number or text"),
            (#"{"a": {"$in": []}}"#, "filter.a.$in is empty;"), (#"{"a": {"$in": 1}}"#, "filter.a.$in is a number;"),
            (#"{"a": {"$exists": 1}}"#, "filter.a.$exists is a number; expected true or false"),
            (#"{"a": {"$starts_with": 1}}"#, "filter.a.$starts_with is a number; expected text"),
            (#"{"$or": {"a": 1}}"#, "filter.$or is an object; expected an array"),
            (#"{"$or": []}"#, "filter.$or is empty;"),
            (#"{"$or": [{"a": 1}, 3]}"#, "filter.$or[1] is a number; expected an object of paths"),
            (#"{"$not": {}}"#, "filter.$not is an empty object;"),
            (#"{"$not": 3}"#, "filter.$not is a number; expected an object of paths"),
            (#"{"a..b": 1}"#, #"filter["a..b"] is no path;"#), (#"{"": 1}"#, #"filter[""] is no path;"#),
            (#"{"a\\b": 1}"#, #"filter["a\\b"] is no path;"#), (#"{"a\\": 1}"#, #"filter["a\\"] is no path;"#),
        ]
        for (text, expected) in messages {
            let message = try message(text)
            #expect(message.hasPrefix(expected), "\(message)")
        }
    }

    @Test func limitsItsSize() throws {
        func isTaken(_ json: JSON) -> Bool { (try? JSONFilter(json)) != nil }
        func nested(_ depth: Int) -> JSON { (1..<depth).reduce(["a": 1]) { inner, _ in ["a": inner] } }
        #expect(isTaken(nested(8)))
        #expect(!isTaken(nested(9)))
        func clauses(_ count: Int) -> JSON { ["$or": .array((1..<count).map { ["a": .integer(Int64($0))] })] }
        #expect(isTaken(clauses(64)))
        #expect(!isTaken(clauses(65)))
        func members(_ count: Int) -> JSON { ["a": ["$in": .array((0..<count).map { .integer(Int64($0)) })]] }
        #expect(isTaken(members(100)))
        #expect(!isTaken(members(101)))
        #expect(isTaken(["a": .string(String(repeating: "x", count: 1024))]))
        #expect(!isTaken(["a": .string(String(repeating: "x", count: 1025))]))
        var longKey = JSONObject()
        longKey.append(String(repeating: "x", count: 1025), 1)
        #expect(!isTaken(.object(longKey)))
        let long = JSON.array((0..<65).map { _ in .string(String(repeating: "x", count: 1024)) })
        #expect(!isTaken(["a": ["$eq": long]]))
    }

    @Test func keepsItsText() throws {
        let text = #"{ "b": 1.50, "a": {"$in": ["x"]} }"#
        let filter = try filter(text)
        #expect(filter.text == text)
        #expect(try JSONFilter(JSON.parse(text)).text == #"{"b":1.5,"a":{"$in":["x"]}}"#)
        #expect(try filter == self.filter(text))
        let encoded = try JSONEncoder().encode([filter])
        #expect(try JSONDecoder().decode([String].self, from: encoded) == [text])
        #expect(try JSONDecoder().decode([JSONFilter].self, from: encoded) == [filter])
        #expect(throws: FieldError.self) { try JSONDecoder().decode([JSONFilter].self, from: Data("[\"{\"]".utf8)) }
    }

    @Test func keepsTheLawsOfLogic() throws {
        var random = SplitMix64(seed: 20_260_128)
        let values: [JSON] = [nil, true, 0, 1, 1.5, "a", "ab", ["a", 1], ["a": 1]]
        let operators = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$exists", "$starts_with"]
        func clause() -> JSON {
            let name = operators.randomElement(using: &random) ?? "$eq"
            let operand: JSON =
                switch name {
                case "$in": .array((0..<2).map { _ in values.randomElement(using: &random) ?? nil })
                case "$exists": .bool(.random(using: &random))
                case "$starts_with": "a"
                case "$eq", "$ne": values.randomElement(using: &random) ?? nil
                default: ([0, 1, 1.5, "a", "ab"] as [JSON]).randomElement(using: &random) ?? 0
                }
            var comparison = JSONObject()
            comparison.append(name, operand)
            return Bool.random(using: &random) ? ["x": .object(comparison)] : ["y": ["x": .object(comparison)]]
        }
        for _ in 0..<2000 {
            var payload = JSONObject()
            if Bool.random(using: &random) { payload.append("x", values.randomElement(using: &random) ?? nil) }
            if Bool.random(using: &random) { payload.append("y", ["x": values.randomElement(using: &random) ?? nil]) }
            let (first, second) = (clause(), clause())
            func takes(_ json: JSON) throws -> Bool {
                let filter = try JSONFilter(json)
                let isTaken = filter.matches(.object(payload))
                #expect((filter.refusal(of: .object(payload)) == nil) == isTaken)
                return isTaken
            }
            let (left, right) = (try takes(first), try takes(second))
            #expect(try takes(["$not": first]) == !left)
            #expect(try takes(["$and": [first, second]]) == (left && right))
            #expect(try takes(["$or": [first, second]]) == (left || right))
            #expect(try takes(["$not": ["$or": [["$not": first], ["$not": second]]]]) == (left && right))
        }
    }
}
