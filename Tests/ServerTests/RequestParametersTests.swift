import HTTPTypes
import HooklinePrimitives
import Hummingbird
import Testing

@testable import HooklineServer

@Suite struct RequestParametersTests {
    private func query(_ query: String, known: [String] = ["a", "limit", "cursor"]) throws -> QueryParameters {
        let head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/x\(query)")
        return try QueryParameters(of: Request(head: head, body: RequestBody(buffer: .init())), known: known)
    }

    @Test func valuesAreDecoded() throws {
        #expect(try query("?a=b%20c+d%2B%C3%A9")["a"] == "b c d+é")
        #expect(try query("?a")["a"] == "")
        #expect(try query("?a==")["a"] == "=")
        #expect(try query("")["a"] == nil)
        #expect(try query("?&&")["a"] == nil)
    }

    @Test(arguments: ["?a=%", "?a=%4", "?a=%zz", "?a=%ff", "?%=1"])
    func brokenEncodingIsRefused(_ text: String) {
        #expect(throws: RequestError.self) { try query(text) }
    }

    @Test func thePageHasDefaults() throws {
        let page = try query("").page()
        #expect(page.limit == PageRequest.defaultLimit)
        #expect(page.after == nil)
        let other = try query("?limit=500&cursor=x").page()
        #expect(other.limit == 500)
        #expect(other.after == "x")
    }

    @Test func segmentsAreEncodedAndDecoded() {
        for text in ["a", "a b", "ü/?#%", "日本", "~-_."] {
            let encoded = PercentEncoding.encode(segment: text)
            #expect(encoded.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "/") })
            #expect(PercentEncoding.decode(encoded, plusIsSpace: false) == text)
        }
        #expect(PercentEncoding.decode("a+b", plusIsSpace: false) == "a+b")
    }
}
