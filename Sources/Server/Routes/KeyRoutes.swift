import HooklinePrimitives
import Hummingbird

/// Making, listing and revoking keys.
struct KeyRoutes {
    let store: KeyStore
    let authenticator: Authenticator
    let clock: WallClock

    func add(to routes: RouteList) {
        routes.scoped(.admin)
            .post("/v1/keys") { request, _ in try await create(request) }
            .get("/v1/keys") { request, _ in try await list(request) }
            .delete("/v1/keys/{id}") { _, context in try await revoke(try context.pathText("id")) }
    }

    private func create(_ request: Request) async throws -> Response {
        let body = try JSONField(await request.json(maximumBytes: Self.maximumBodyBytes)).object()
        try body.allowOnly("name", "scope")
        let name = try body.required("name").identifier(maximumBytes: StoredKey.maximumNameBytes)
        let scope = try body.required("scope").choice(of: KeyScope.self)
        let key = APIKey.generate()
        let stored = StoredKey(key, name: name.text, scope: scope, createdAt: clock.now())
        try await store.add(stored)
        var answer = Self.members(of: stored)
        // The only time that the key is told: the database has its digest.
        answer["key"] = .string(key.text)
        return Response(status: .created, json: .object(answer), headers: [.cacheControl: "no-store"])
    }

    private func list(_ request: Request) async throws -> Response {
        let page = try QueryParameters(of: request, known: QueryParameters.page).page()
        return Response.page(try await store.keys(page)) { key in
            var members = Self.members(of: key)
            members["last_used_at"] = JSON(key.lastUsedAt)
            return .object(members)
        }
    }

    private func revoke(_ id: String) async throws -> Response {
        guard try await authenticator.revoke(id) else { throw RequestError.notFound(kind: "key", id: id) }
        return .noContent
    }

    private static func members(of key: StoredKey) -> JSONObject {
        [
            "id": .string(key.id), "name": .string(key.name), "scope": .string(key.scope.rawValue),
            "created_at": JSON(key.createdAt),
        ]
    }

    private static let maximumBodyBytes = 16 * 1024
}
