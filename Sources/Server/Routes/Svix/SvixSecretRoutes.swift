import HTTPTypes
import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// The signing secrets and the headers of endpoints.
struct SvixSecretRoutes {
    let webhooks: Webhooks

    func add(to routes: RouteList) {
        let secret = SvixEndpointRoutes.path + "/secret"
        let headers = SvixEndpointRoutes.path + "/headers"
        routes.scoped(.write)
            .get(secret) { _, context in try await current(try await names.endpoint(context).id) }
            .post(secret + "/rotate") { request, context in
                try await rotate(try await names.endpoint(context).id, try await request.optionalJSON())
            }
            .get(headers) { _, context in
                let headers = try await webhooks.customHeaders(of: try await names.endpoint(context).id)
                return Response(json: SvixHeaders.json(headers), headers: Self.unstored)
            }
            .put(headers) { request, context in
                let body = try JSONField(try await request.json()).object()
                try body.allowOnly("headers")
                let headers = try SvixHeaders.read(body.required("headers").object().all, into: .none)
                return try await change(try await names.endpoint(context).id) { _ in headers }
            }
            .patch(headers) { request, context in try await patch(request, context) }
    }

    private var names: SvixNames { SvixNames(webhooks: webhooks) }

    private static let unstored: HTTPFields = [.cacheControl: "no-store"]

    /// The newest secret that every receiver understands.
    private func current(_ id: Identifier) async throws -> Response {
        let secrets = try await webhooks.signingSecrets(of: id).map(\.secret)
        guard let secret = secrets.first(where: { $0.kind == .hmac }) ?? secrets.first else {
            throw RequestError.notFound(kind: "secret", id: id.text)
        }
        return Response(json: ["key": .string(secret.text)], headers: Self.unstored)
    }

    private func rotate(_ id: Identifier, _ json: JSON?) async throws -> Response {
        let body = try JSONField(json ?? [:]).object()
        try body.allowOnly("key", "gracePeriodSeconds")
        let key = try body.optional("key").map { try SvixEndpointBody.secret($0) }
        guard key.map({ $0.kind == .hmac }) ?? true else {
            throw FieldError(field: "key", problem: "is of another kind; accepted is whsec_ and base64")
        }
        let new = try await webhooks.rotateSecret(
            of: id,
            to: key,
            graceSeconds: try body.optional("gracePeriodSeconds")?.integer(in: Webhooks.acceptedGraceSeconds)
                ?? Webhooks.defaultGraceSeconds
        )
        return Response(json: ["key": .string(new.text)], headers: Self.unstored)
    }

    private func patch(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let body = try JSONField(try await request.json()).object()
        try body.allowOnly("headers", "deleteHeaders")
        let members = try body.optional("headers")?.object().all ?? []
        let removed = try body.optional("deleteHeaders")?.elements(maximumCount: CustomHeaders.maximumCount)
            .map { try $0.string() }
        return try await change(try await names.endpoint(context).id) { headers in
            try SvixHeaders.read(members, into: SvixHeaders.removing(removed ?? [], from: headers))
        }
    }

    private func change(
        _ id: Identifier,
        _ change: @escaping @Sendable (CustomHeaders) throws -> CustomHeaders
    ) async throws -> Response {
        _ = try await webhooks.update(id) { _, secrets in secrets.headers = try change(secrets.headers) }
        return .noContent
    }
}
