import HTTPTypes
import HooklineExperiments
import HooklinePrimitives
import Hummingbird
import NIOCore

/// What GrowthBook's SDKs ask for, in every language: features, and a stream of their changes. A client key stands in the address.
struct SDKRoutes {
    let features: Features
    let payloads: SDKPayloads
    let authenticator: Authenticator
    let gauge: FollowerGauge

    func add(to routes: RouteList) {
        routes.withKeyInPath
            .get("/api/features/{client_key}") { request, _ in try await features(request) }
            .get("/sub/{client_key}") { request, context in try stream(request, try context.pathText("client_key")) }
    }

    /// Answered from memory; an SDK asks again after a minute, and is told that nothing has changed.
    private func features(_ request: Request) async throws -> Response {
        let payload = payloads.payload(of: try await features.current())
        let headers: HTTPFields = [
            .eTag: EntityTag.field(payload.tag), .cacheControl: Self.cacheControl, .serverSentEvents: "enabled",
        ]
        guard !EntityTag.matches(request.headers, payload.tag) else {
            return Response(status: .notModified, headers: headers)
        }
        return Response(bytes: payload.body, contentType: "application/json", headers: headers)
    }

    private func stream(_ request: Request, _ key: String) throws -> Response {
        let payloads = payloads
        return .eventStream(
            FeatureStream(
                features,
                known: request.headers[.lastEventID],
                place: try gauge.enter(),
                isOpen: authenticator.opens(key),
                event: { payloads.payload(of: $0).event }
            )
        )
    }

    /// As GrowthBook's own API has it: caches may hand out what is old for a while, above all where the origin is down.
    private static let cacheControl = "public, max-age=30, stale-while-revalidate=3600, stale-if-error=36000"
}

extension Authenticator {
    /// Whether somebody still holds a key, for streams that outlive their request. Where the database cannot tell, nobody is sent away.
    ///
    /// - Parameter key: Nil for a caller inside the process, who needs none.
    func opens(_ key: String?) -> @Sendable () async -> Bool {
        {
            guard let key else { return true }
            do {
                return try await self.principal(holding: key) != nil
            } catch {
                return true
            }
        }
    }
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
