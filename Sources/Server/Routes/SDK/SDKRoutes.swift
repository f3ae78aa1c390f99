import HTTPTypes
import HooklineExperiments
import HooklinePrimitives
import Hummingbird
import NIOCore

/// What GrowthBook's SDKs ask for, in every language: features, and a stream of their changes. A client key stands in the address.
struct SDKRoutes {
    let features: Features
    let payloads: SDKPayloads
    let gauge: FollowerGauge

    func add(to routes: RouteList) {
        routes.withKeyInPath
            .get("/api/features/{client_key}") { request, _ in try await features(request) }
            .get("/sub/{client_key}") { request, _ in try stream(request) }
    }

    /// Answered from memory; an SDK asks again after a minute, and is told that nothing has changed.
    private func features(_ request: Request) async throws -> Response {
        let published = try await features.current()
        let headers: HTTPFields = [
            .eTag: EntityTag.field(published.tag), .cacheControl: Self.cacheControl, .serverSentEvents: "enabled",
        ]
        guard !EntityTag.matches(request.headers, published.tag) else {
            return Response(status: .notModified, headers: headers)
        }
        let bytes = ByteBuffer(bytes: payloads.bytes(of: published))
        return Response(bytes: bytes, contentType: "application/json", headers: headers)
    }

    private func stream(_ request: Request) throws -> Response {
        let payloads = payloads
        let stream = FeatureStream(features, known: request.headers[.lastEventID], place: try gauge.enter()) {
            published in
            Array("event: features\ndata: ".utf8) + payloads.bytes(of: published)
        }
        return .eventStream(stream)
    }

    /// As GrowthBook's own API has it: caches may hand out what is old for a while, above all where the origin is down.
    private static let cacheControl = "public, max-age=30, stale-while-revalidate=3600, stale-if-error=36000"
}

extension Response {
    static func eventStream(_ stream: FeatureStream) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody(asyncSequence: stream)
        )
    }
}

extension HTTPField.Name {
    /// Tells SDKs that there is a stream.
    static let serverSentEvents = HTTPField.Name("X-SSE-Support")!
}
