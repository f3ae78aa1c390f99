import Testing

@testable import HooklineWebhooks

struct CustomHeadersTests {
    private typealias Header = CustomHeaders.Header

    @Test func keepsHeadersInTheirOrder() throws {
        let headers = try CustomHeaders([
            Header(name: "Authorization", value: "Bearer a.b-c"), Header(name: "X-Empty", value: ""),
            Header(name: "x-tab", value: "a\tb"),
        ])
        #expect(headers.all.map(\.name) == ["Authorization", "X-Empty", "x-tab"])
    }

    @Test(arguments: [
        "Host", "content-length", "Content-Type", "Transfer-Encoding", "CONNECTION", "Keep-Alive", "TE", "Trailer",
        "Upgrade",
        "Expect", "Proxy-Authorization", "proxy-connection", "webhook-id", "Webhook-Signature", "svix-id",
        "Content-Encoding",
    ])
    func refusesWhatFramesOrSignsARequest(name: String) {
        #expect(throws: CustomHeadersError.reserved(name: name)) { try CustomHeaders([Header(name: name, value: "x")]) }
    }

    @Test(arguments: ["", "a b", "a:", "a\r\nb", "naïve", "a\u{0}", "(a)", "a\tb", String(repeating: "a", count: 129)])
    func refusesNamesThatAreNoTokens(name: String) {
        let error = #expect(throws: CustomHeadersError.self) { try CustomHeaders([Header(name: name, value: "x")]) }
        guard case .invalidName = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: ["a\r\nSet-Cookie: x", "a\nb", "a\rb", "a\u{0}b", "a\u{7F}", "é", "\u{1B}[0m"])
    func refusesValuesThatCouldStartAnotherHeader(value: String) {
        let error = #expect(throws: CustomHeadersError.self) { try CustomHeaders([Header(name: "X-A", value: value)]) }
        #expect(error?.description.hasPrefix("has a value of 'X-A' with a control or non-ASCII byte at") == true)
    }

    @Test func holdsToItsLimits() throws {
        let value = String(repeating: "v", count: 4096)
        let many = (0..<33).map { Header(name: "x-\($0)", value: "") }
        #expect(throws: CustomHeadersError.tooMany(count: 33)) { try CustomHeaders(many) }
        #expect(try CustomHeaders(Array(many.dropLast())).all.count == 32)
        #expect(throws: CustomHeadersError.valueTooLong(name: "x", bytes: 4097)) {
            try CustomHeaders([Header(name: "x", value: value + "v")])
        }
        #expect(throws: CustomHeadersError.tooLarge(bytes: 8194)) {
            try CustomHeaders([Header(name: "a", value: value), Header(name: "b", value: value)])
        }
        #expect(throws: CustomHeadersError.duplicate(name: "X-a")) {
            try CustomHeaders([Header(name: "x-A", value: "1"), Header(name: "X-a", value: "2")])
        }
        #expect(throws: CustomHeadersError.padded(name: "x")) { try CustomHeaders([Header(name: "x", value: " v")]) }
    }
}
