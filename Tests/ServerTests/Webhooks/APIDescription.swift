import HTTPTypes
import HooklinePrimitives
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

/// The OpenAPI document, to hold answers against.
struct APIDescription {
    private let document: JSON
    private let table: RouteTable

    init(_ server: ServerHarness) async throws {
        document = try await server.send(.get, "/openapi.json").json
        table = server.router.table
    }

    /// What is wrong with an answer: another status than those described, or a body that breaks its schema.
    func problems(_ method: HTTPRequest.Method, _ path: String, _ answer: TestResponse) throws -> [String] {
        let bare = String(path.prefix { $0 != "?" })
        guard let route = table.routes(at: bare).first(where: { $0.method == method }),
            let operation = document["paths"]?[route.path]?[method.rawValue.lowercased()],
            let response = operation["responses"]?[String(answer.status.code)].flatMap(resolved)
        else { return ["\(answer.status.code) is not described"] }
        let mediaType = answer.headers[.contentType] ?? ""
        guard let content = response["content"]?[mediaType]?["schema"] else {
            return answer.body.readableBytes == 0 && response["content"] == nil
                ? [] : ["'\(mediaType)' is not described"]
        }
        let schema = try JSONSchema(closed(content), assertsFormats: true)
        return schema.validate(try answer.json).map { "\($0.pointer) \($0.problem)" }
    }

    private func resolved(_ json: JSON) -> JSON? {
        guard let reference = json["$ref"]?.string else { return json }
        return reference.split(separator: "/").dropFirst().reduce(document) { $0?[String($1)] }
    }

    /// A schema with all that it refers to.
    private func closed(_ schema: JSON) -> JSON {
        var definitions = JSONObject()
        var waiting = names(in: schema)
        while let name = waiting.popLast() {
            guard definitions[name] == nil, let definition = document["components"]?["schemas"]?[name] else { continue }
            definitions[name] = rewritten(definition)
            waiting += names(in: definition)
        }
        return ["allOf": [rewritten(schema)], "$defs": .object(definitions)]
    }

    private func names(in json: JSON) -> [String] {
        switch json {
        case .object(let object):
            object.flatMap { member in
                member.key == "$ref"
                    ? member.value.string.map { [String($0.dropFirst(Self.prefix.count))] } ?? []
                    : names(in: member.value)
            }
        case .array(let elements): elements.flatMap(names)
        default: []
        }
    }

    private func rewritten(_ json: JSON) -> JSON {
        switch json {
        case .object(let object):
            var copy = JSONObject()
            for (key, value) in object.map({ ($0.key, $0.value) }) {
                copy[key] =
                    key == "$ref"
                    ? .string("#/$defs/" + (value.string ?? "").dropFirst(Self.prefix.count)) : rewritten(value)
            }
            return .object(copy)
        case .array(let elements): return .array(elements.map(rewritten))
        default: return json
        }
    }

    private static let prefix = "#/components/schemas/"
}
