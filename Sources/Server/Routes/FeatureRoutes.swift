import HTTPTypes
import HooklineExperiments
import HooklinePrimitives
import Hummingbird

/// Features and saved groups: their definitions and their versions.
struct FeatureRoutes {
    let features: Features

    func add(to routes: RouteList) {
        add(.feature, at: "/v1/features", to: routes)
        add(.savedGroup, at: "/v1/saved-groups", to: routes)
        routes.scoped(.write)
            .post("/v1/features") { request, context in try await writeBatch(request, features(for: context)) }
        routes.scoped(.client)
            .get("/v1/sticky-buckets/{attribute}/{value}") { _, context in try await stickyBuckets(context) }
            .put("/v1/sticky-buckets/{attribute}/{value}") { request, context in try await keep(request, context) }
    }

    private func add(_ kind: FeaturePart.Kind, at path: String, to routes: RouteList) {
        routes.scoped(.read)
            .get(path) { request, _ in
                let page = try QueryParameters(of: request, known: QueryParameters.page).page()
                return Response.page(try await features.list(kind, page), FeatureBody.json)
            }
            .get("\(path)/{key}") { _, context in
                Self.answer(try await features.get(try context.pathIdentifier("key"), kind))
            }
            .get("\(path)/{key}/versions") { request, context in
                let page = try QueryParameters(of: request, known: QueryParameters.page).page()
                let versions = try await features.versions(of: try context.pathIdentifier("key"), kind, page)
                return Response.page(versions, FeatureBody.json)
            }
            .get("\(path)/{key}/versions/{version}") { _, context in
                let (key, version) = (try context.pathIdentifier("key"), try context.pathVersion())
                return Response(json: FeatureBody.json(try await features.version(version, of: key, kind)))
            }
        routes.scoped(.write)
            .put("\(path)/{key}") { request, context in
                try await put(request, kind, try context.pathIdentifier("key"), features(for: context))
            }
            .delete("\(path)/{key}") { request, context in
                let condition = try FeatureBody.condition(of: request)
                let key = try context.pathIdentifier("key")
                _ = try await features(for: context).delete(key, kind, if: condition)
                return .noContent
            }
    }

    /// In the hands of whoever sends the request.
    private func features(for context: HooklineRequestContext) -> Features {
        context.principal.map { features.acting(as: $0.name) } ?? features
    }

    private static func answer(_ part: FeaturePart, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, json: FeatureBody.json(part), headers: [.eTag: "\"\(part.version)\""])
    }

    private func put(
        _ request: Request,
        _ kind: FeaturePart.Kind,
        _ key: Identifier,
        _ features: Features
    ) async throws -> Response {
        let condition = try FeatureBody.condition(of: request)
        let body = try await request.json()
        let written =
            switch kind {
            case .feature: try await features.put(key, body, if: condition)
            case .savedGroup:
                try await features.putSavedGroup(
                    key,
                    try JSONField(body).elements(maximumCount: FeatureCheck.maximumGroupValues).map(\.value),
                    if: condition
                )
            }
        guard let part = written.part else { return .noContent }
        guard written.change == .created else { return Self.answer(part) }
        var response = Self.answer(part, status: .created)
        let place = kind == .feature ? "features" : "saved-groups"
        response.headers[.location] = "/v1/\(place)/\(PercentEncoding.encode(segment: key.text))"
        return response
    }

    /// A payload's features and saved groups, all or none.
    private func writeBatch(_ request: Request, _ features: Features) async throws -> Response {
        let body = try JSONField(try await request.json()).object()
        try body.allowOnly("features", "savedGroups")
        let groups = try body.optional("savedGroups")?.object().all ?? []
        let all = try body.optional("features")?.object().all ?? []
        let writes =
            try groups.map { FeatureWrite(.savedGroup, try Identifier($0.name), $0.field.value) }
            + all.map { FeatureWrite(.feature, try Identifier($0.name), $0.field.value) }
        return Response(json: ["items": .array(try await features.write(writes).map(FeatureBody.json))])
    }

    // MARK: Sticky buckets

    private func stickyBuckets(_ context: HooklineRequestContext) async throws -> Response {
        let (attribute, value) = (try context.pathIdentifier("attribute"), try context.pathIdentifier("value"))
        let document = try await features.stickyBuckets(attribute, value)
        return Response(json: (document ?? .init(attribute: attribute.text, value: value.text, assignments: [:])).json)
    }

    private func keep(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let (attribute, value) = (try context.pathIdentifier("attribute"), try context.pathIdentifier("value"))
        let body = try JSONField(try await request.json(maximumBytes: Self.maximumDocumentBytes)).object()
        try body.allowOnly("attributeName", "attributeValue", "assignments")
        var assignments: [Identifier: String] = [:]
        for (name, field) in try body.required("assignments").object().all {
            assignments[Identifier(unchecked: name)] = try field.identifier().text
        }
        try await features.keep(.init(attribute: attribute.text, value: value.text, assignments: assignments))
        return try await stickyBuckets(context)
    }

    private static let maximumDocumentBytes = 256 * 1024
}
