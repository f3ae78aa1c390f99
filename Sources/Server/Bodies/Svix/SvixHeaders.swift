import HooklinePrimitives
import HooklineWebhooks

/// Svix's `EndpointHeadersIn`, `EndpointHeadersPatchIn` and `EndpointHeadersOut`.
enum SvixHeaders {
    /// What in a name tells that its value is a secret, which is not answered.
    private static let sensitiveParts = ["auth", "cookie", "key", "password", "secret", "signature", "token"]

    /// Sets headers to texts and removes those that are null.
    static func read(
        _ members: [(name: String, field: JSONField)],
        into headers: CustomHeaders
    ) throws(FieldError) -> CustomHeaders {
        var all = headers.all
        var given: Set<String> = []
        for (name, field) in members {
            guard given.insert(name.lowercased()).inserted else { throw field.error("is given twice") }
            all.removeAll { $0.name.lowercased() == name.lowercased() }
            guard !field.value.isNull else { continue }
            all.append(CustomHeaders.Header(name: name, value: try field.string()))
        }
        return try checked(all)
    }

    static func removing(_ names: [String], from headers: CustomHeaders) throws(FieldError) -> CustomHeaders {
        let names = Set(names.map { $0.lowercased() })
        return try checked(headers.all.filter { !names.contains($0.name.lowercased()) })
    }

    static func json(_ headers: CustomHeaders) -> JSON {
        var shown = JSONObject()
        for header in headers.all where !isSensitive(header.name) { shown[header.name] = .string(header.value) }
        return [
            "headers": .object(shown),
            "sensitive": .array(headers.all.map(\.name).filter(isSensitive).map { .string($0) }),
        ]
    }

    private static func isSensitive(_ name: String) -> Bool {
        let name = name.lowercased()
        return sensitiveParts.contains { name.contains($0) }
    }

    private static func checked(_ headers: [CustomHeaders.Header]) throws(FieldError) -> CustomHeaders {
        do {
            return try CustomHeaders(headers)
        } catch {
            throw FieldError(field: "headers", problem: error.description)
        }
    }
}
