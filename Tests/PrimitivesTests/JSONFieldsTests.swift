import HooklinePrimitives
import Testing

/// Reading request bodies, and what is said when they are wrong.
struct JSONFieldsTests {
    private enum Kind: String, CaseIterable { case first, second }

    private func body(_ text: String) throws -> JSONFields { try JSONField(JSON.parse(text)).object() }

    @Test func readsABody() throws {
        let body = try body(
            #"{"id":"e-1","name":"","on":true,"limit":3.0,"share":0.25,"ends":"2026-01-28T10:00:00Z","kind":"second","#
                + #""variants":["a","b"],"split":{"control":0.5,"b":0.5},"note":null}"#
        )
        try body.allowOnly(
            "id",
            "name",
            "on",
            "limit",
            "share",
            "ends",
            "kind",
            "variants",
            "split",
            "note"
        )
        #expect(try body.required("id").identifier() == "e-1")
        #expect(try body.required("name").string() == "")
        #expect(try body.required("on").bool())
        #expect(try body.required("limit").integer(in: 1...10) == 3)
        #expect(try body.required("share").double(in: 0...1) == 0.25)
        #expect(try body.required("ends").timestamp() == Timestamp(milliseconds: 1_769_594_400_000))
        #expect(try body.required("kind").choice(of: Kind.self) == .second)
        #expect(try body.required("variants").elements().map { try $0.string() } == ["a", "b"])
        let split = try body.required("split").object()
        #expect(try split.all.map { "\($0.name)=\(try $0.field.double())" } == ["control=0.5", "b=0.5"])
        #expect(body.optional("note") == nil)
        #expect(body.contains("note"))
        #expect(body.optional("missing") == nil)
        #expect(!body.contains("missing"))
    }

    private func error(_ text: String, _ read: (JSONFields) throws -> Void) throws -> String {
        let error = #expect(throws: FieldError.self) { try read(body(text)) }
        return try #require(error).description
    }

    @Test func namesThePathAndTheProblem() throws {
        #expect(try error("[1]") { _ in } == "the body is an array; expected an object")
        #expect(try error("{}") { _ = try $0.required("name") } == "name is missing")
        #expect(try error(#"{"name":1}"#) { _ = try $0.required("name").string() } == "name is a number; expected text")
        #expect(
            try error(#"{"name":null}"#) { _ = try $0.required("name").string() } == "name is null; expected text"
        )
        #expect(
            try error(#"{"variants":["a","b",{}]}"#) { body in
                _ = try body.required("variants").elements().map { try $0.string() }
            } == "variants[2] is an object; expected text"
        )
        #expect(
            try error(#"{"split":{"control":true}}"#) { body in
                for (_, share) in try body.required("split").object().all { _ = try share.double() }
            } == "split.control is a boolean; expected a number"
        )
        #expect(
            try error(#"{"a":[{"b c":[0,"x"]}]}"#) { body in
                let element = try body.required("a").elements()[0].object()
                for number in try element.required("b c").elements() { _ = try number.integer() }
            } == #"a[0]["b c"][1] is text; expected a whole number"#
        )
        #expect(
            try error(#"{"varaints":[]}"#) { try $0.allowOnly("id", "name", "variants") }
                == "varaints is an unknown field; accepted are id, name, variants"
        )
    }

    @Test func namesWhatIsAccepted() throws {
        #expect(
            try error(#"{"n":11}"#) { _ = try $0.required("n").integer(in: 1...10) } == "n is 11; accepted are 1 to 10"
        )
        #expect(
            try error(#"{"n":1.5}"#) { _ = try $0.required("n").integer(in: 1...10) }
                == "n is 1.5; expected a whole number from 1 to 10"
        )
        #expect(
            try error(#"{"n":1.5}"#) { _ = try $0.required("n").double(in: 0...1) }
                == "n is 1.5; accepted are 0.0 to 1.0"
        )
        #expect(
            try error(#"{"k":"third"}"#) { _ = try $0.required("k").choice(of: Kind.self) }
                == "k is 'third'; accepted are 'first', 'second'"
        )
        #expect(
            try error(#"{"k":3}"#) { _ = try $0.required("k").choice(of: Kind.self) }
                == "k is a number; expected one of 'first', 'second'"
        )
        #expect(
            try error(#"{"t":"today"}"#) { _ = try $0.required("t").timestamp() }
                == "t is 'today'; expected a time such as 2026-01-28T10:00:00Z"
        )
        #expect(
            try error(#"{"id":""}"#) { _ = try $0.required("id").identifier() }
                == "id is empty; accepted is text of at least one character"
        )
        #expect(
            try error(#"{"s":"abc"}"#) { _ = try $0.required("s").string(maximumBytes: 2) }
                == "s is 3 bytes long; accepted are at most 2"
        )
        #expect(
            try error(#"{"l":[1,2,3]}"#) { _ = try $0.required("l").elements(maximumCount: 2) }
                == "l has 3 elements; accepted are at most 2"
        )
    }

    @Test func keepsMessagesShort() throws {
        let long = String(repeating: "x", count: 100_000)
        let messages = [
            try error(#"{"k":"\#(long)"}"#) { _ = try $0.required("k").choice(of: Kind.self) },
            try error(#"{"\#(long)":1}"#) { try $0.allowOnly("k") },
            try error(#"{"\#(long) \n":1}"#) { try $0.allowOnly("k") },
        ]
        for message in messages { #expect(message.utf8.count < 200) }
    }
}
