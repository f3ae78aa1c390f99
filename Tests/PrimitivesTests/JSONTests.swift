import HooklinePrimitives
import Testing

/// The tree of values, and how it is written.
struct JSONTests {
    @Test func isWrittenFromLiterals() {
        let body: JSON = [
            "name": "hook", "share": 0.5, "count": 3, "on": true, "none": nil, "list": [1, "two", []],
            "nested": ["a": [:]],
        ]
        #expect(
            body.text
                == #"{"name":"hook","share":0.5,"count":3,"on":true,"none":null,"list":[1,"two",[]],"nested":{"a":{}}}"#
        )
        let name = "x"
        #expect(JSON("\(name)y").text == #""xy""#)
        #expect("\(body["list"] ?? nil)" == #"[1,"two",[]]"#)
    }

    @Test func isWrittenOnLines() {
        let body: JSON = ["a": [1, 2], "b": [:], "c": [], "d": ["e": "f"]]
        let pretty = """
            {
              "a": [
                1,
                2
              ],
              "b": {},
              "c": [],
              "d": {
                "e": "f"
              }
            }
            """
        #expect(String(decoding: body.encoded(pretty: true), as: UTF8.self) == pretty)
    }

    @Test func takesOptionals() throws {
        #expect(JSON(Double?.none) == .null)
        #expect(JSON(Double.infinity) == .null)
        #expect(JSON(-Double.infinity) == .null)
        #expect(JSON(Double.nan) == .null)
        #expect(JSON(Double?(1.5)) == 1.5)
        #expect(JSON(Int?.none) == .null)
        #expect(JSON(Int?(3)) == 3)
        #expect(JSON(Int64?(3)) == 3)
        #expect(JSON(Bool?(true)) == true)
        #expect(JSON(String?.none) == .null)
        #expect(JSON(String?("a")) == "a")
        #expect(JSON(Identifier("v-1")) == "v-1")
        #expect(JSON(Timestamp(milliseconds: 0)) == "1970-01-01T00:00:00.000Z")
        #expect(JSON([JSON]?.none) == .null)
    }

    @Test func givesValuesOnlyOfTheirKind() throws {
        let body = try JSON.parse(#"{"s":"t","i":1,"d":1.0,"f":0.5,"b":false,"n":null,"a":[1],"o":{}}"#)
        #expect(body["s"]?.string == "t")
        #expect(body["i"]?.integer == 1)
        #expect(body["i"]?.double == 1)
        #expect(body["d"]?.integer == 1)
        #expect(body["f"]?.integer == nil)
        #expect(body["f"]?.double == 0.5)
        #expect(body["b"]?.bool == false)
        #expect(body["n"]?.isNull == true)
        #expect(body["a"]?[0] == 1)
        #expect(body["a"]?[1] == nil)
        #expect(body["a"]?[-1] == nil)
        #expect(body["o"]?.object?.isEmpty == true)
        #expect(body["missing"] == nil)
        #expect(body["s"]?.integer == nil)
        #expect(body["i"]?.string == nil)
        #expect(body["b"]?.integer == nil)
        #expect(body["s"]?["t"] == nil)
    }

    @Test func escapesNoMoreThanItMust() throws {
        let text = "\"\\/\u{8}\u{C}\n\r\t\u{1}\u{1F}\u{7F}é\u{2028}😀"
        #expect(JSON.string(text).text == #""\"\\/\b\f\n\r\t\u0001\u001f"# + "\u{7F}é\u{2028}😀\"")
        #expect(try JSON.parse(JSON.string(text).encoded()).string == text)
    }

    @Test func splicesRawBytes() throws {
        let payload = try RawJSON(Array(#"  {"b" : 1.0, "a":[ ] } "#.utf8))
        #expect(payload.text == #"{"b" : 1.0, "a":[ ] }"#)
        let body: JSON = ["data": .raw(payload), "id": 1]
        #expect(body.text == #"{"data":{"b" : 1.0, "a":[ ] },"id":1}"#)
        #expect(body["data"]?.object == nil)
        #expect(body["data"]?.kind == nil)
        #expect(throws: JSONError(offset: 1, problem: .unexpectedEnd)) { try RawJSON([UInt8(ascii: "{")]) }
    }

    @Test func comparesValuesNotSpellings() throws {
        #expect(try JSON.parse(#"{"a":1,"b":[2.0]}"#) == JSON.parse(#"{ "b":[2], "a":1e0 }"#))
        #expect(try JSON.parse(#"{"a":1}"#) != JSON.parse(#"{"a":1,"b":2}"#))
        #expect(JSON.integer(9_007_199_254_740_993) != JSON.number(9_007_199_254_740_992))
        #expect(JSON.string("caf\u{E9}") != JSON.string("cafe\u{301}"))
        #expect(JSON.array([1, 2]) != JSON.array([2, 1]))
        #expect(JSON.null != JSON.bool(false))
    }

    @Test func refusesAKeyThatOccursTwice() throws {
        let error = JSONError(offset: 14, problem: .duplicateKey("a"))
        #expect(throws: error) { try JSON.parse(#"{"a":1,"b":2, "a":3}"#) }
        #expect(throws: JSONError(offset: 7, problem: .duplicateKey("a"))) { try JSON.parse(#"{"a":1,"\u0061":2}"#) }
        // Keys that merely look alike are two keys, as they are for every database and client.
        #expect(try JSON.parse("{\"caf\u{E9}\":1,\"cafe\u{301}\":2}").object?.count == 2)
    }

    @Test func readsFromAnySequence() throws {
        #expect(try JSON.parse(AnySequence("[1]".utf8)) == [1])
        #expect(try JSON.parse("[1]".utf8.reversed().reversed()) == [1])
        #expect(try JSON.parse(Array("x[1]".utf8)[1...]) == [1])
        #expect(throws: JSONError(offset: 0, problem: .unexpectedEnd)) { try JSON.parse(AnySequence<UInt8>([])) }
        #expect(throws: JSONError(offset: 0, problem: .unexpectedEnd)) { try JSON.parse([UInt8]()) }
    }
}

/// Members of an object.
struct JSONObjectTests {
    @Test func keepsOrder() {
        var object: JSONObject = ["b": 1, "a": 2]
        object["c"] = 3
        object["b"] = 4
        #expect(JSON.object(object).text == #"{"b":4,"a":2,"c":3}"#)
        object["b"] = Optional<JSON>.none
        #expect(object.keys == ["a", "c"])
        let isNew = (object.append("d", nil), object.append("a", 9))
        #expect(isNew == (true, false))
        #expect(object["a"] == 2)
        #expect(object["d"] == JSON.null)
        #expect(object["missing"] == nil)
    }

    @Test func findsKeysInLargeObjects() throws {
        var object = JSONObject()
        for number in 0..<1000 { object.append("key\(number)", JSON(number)) }
        let isNew = object.append("key999", 0)
        #expect(!isNew)
        object["key500"] = Optional<JSON>.none
        #expect(object.count == 999)
        for number in 0..<1000 { #expect(object["key\(number)"]?.integer == (number == 500 ? nil : Int64(number))) }
        #expect(try JSON.parse(JSON.object(object).encoded()) == .object(object))
    }

    @Test func parsesManyKeysInLinearTime() throws {
        // With a search through all members, 100,000 keys would take minutes.
        let members = (0..<100_000).map { "\"\($0)\":0" }.joined(separator: ",")
        #expect(try JSON.parse("{\(members)}").object?.count == 100_000)
    }
}
