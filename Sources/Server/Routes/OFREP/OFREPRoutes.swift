import Crypto
import HTTPTypes
import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import Hummingbird
import NIOCore

/// Flags by the OpenFeature Remote Evaluation Protocol, 0.3: for OpenFeature's providers in every language.
struct OFREPRoutes {
    let features: Features
    let log: EventLog
    let clock: WallClock
    let authenticator: Authenticator
    let gauge: FollowerGauge

    static let prefix = "/ofrep/v1/"
    static let flags = "/ofrep/v1/evaluate/flags"
    static let tracking = "/ofrep/v1/track"
    static let stream = "/ofrep/v1/stream"

    func add(to routes: RouteList) {
        routes.scoped(.client)
            .post("\(Self.flags)/{key}") { request, context in try await evaluate(request, context) }
            .post(Self.flags) { request, context in try await evaluateAll(request, context) }
            .post(Self.tracking) { request, _ in try await track(request) }
            .get(Self.stream) { request, _ in try stream(request, request.sentKey) }
        // For browsers, whose event sources send no header.
        routes.withKeyInPath
            .get("\(Self.stream)/{client_key}") { request, context in
                try stream(request, try context.pathText("client_key"))
            }
    }

    /// One flag, for a program that shows what it gets: the unit is exposed.
    private func evaluate(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let key = Identifier(unchecked: try context.pathText("key"))
        let body = try await request.json(maximumBytes: Self.maximumBodyBytes)
        do {
            let answer = try await features.evaluate(key, try OFREPBody.context(body))
            return Response(json: .object(OFREPBody.json(answer)))
        } catch let error as FeatureEvaluationError {
            throw OFREPError(error)
        }
    }

    /// All flags, for a program that keeps them: nobody knows yet what the unit will see, so nobody is exposed.
    private func evaluateAll(_ request: Request, _ context: HooklineRequestContext) async throws -> Response {
        let query = try QueryParameters(of: request, known: ["flagConfigEtag", "flagConfigLastModified"])
        let body = try await request.json(maximumBytes: Self.maximumBodyBytes)
        // What an event of the stream has told comes back here. Another node may have told it, before this one knew. While the database
        // is away, what is known goes on being answered.
        if let told = query["flagConfigEtag"], told != EntityTag.field(try await features.current().tag) {
            try? await features.refresh()
        }
        let answers = try await features.evaluateAll(try OFREPBody.context(body))
        let flags = answers.map { key, answer in
            JSON.object(answer.map(OFREPBody.json) ?? OFREPBody.json(OFREPError.targetingKeyMissing(key), key: key))
        }
        let json: JSON = [
            "flags": .array(flags),
            "eventStreams": [
                [
                    "type": "sse",
                    "endpoint": ["requestUri": .string(streamAddress(for: context, request))],
                    "inactivityDelaySec": 120,
                ]
            ],
            "metadata": ["tracking": .string(Self.tracking)],
        ]
        let bytes = json.encoded()
        let tag = SHA256.hash(data: bytes).prefix(16).hexadecimalDigits
        let headers: HTTPFields = [.eTag: EntityTag.field(tag), .cacheControl: "no-cache"]
        guard !EntityTag.matches(request.headers, tag) else { return Response(status: .notModified, headers: headers) }
        return Response(bytes: ByteBuffer(bytes: bytes), contentType: "application/json", headers: headers)
    }

    /// Where changes are told. A key that may stand in a page stands in the address, as a browser can send it in no other way.
    private func streamAddress(for context: HooklineRequestContext, _ request: Request) -> String {
        guard context.principal?.scope == .client, let key = request.sentKey else { return Self.stream }
        return "\(Self.stream)/\(key)"
    }

    // MARK: Changes

    private func stream(_ request: Request, _ key: String?) throws -> Response {
        _ = try QueryParameters(of: request, known: [])
        // The first event comes at once, unless the provider tells what it knows: what has changed between its evaluation and this
        // is not lost.
        let place = try gauge.enter()
        let event: @Sendable (PublishedFeatures) -> FeatureStream.Event = { published in
            var data: JSONObject = [
                "type": "refetchEvaluation", "etag": .string(EntityTag.field(published.tag)),
            ]
            if let moment = published.changedAt { data.append("lastModified", .integer(moment.milliseconds / 1000)) }
            let line = ByteBuffer(bytes: JSON.object(data).encoded())
            return FeatureStream.Event(tag: published.tag, type: "message", data: line)
        }
        return .eventStream(
            FeatureStream(
                features,
                known: request.headers[.lastEventID],
                place: place,
                isOpen: authenticator.opens(key),
                event: event
            )
        )
    }

    // MARK: Tracking

    /// What units did after they had seen flags: an extension, as the protocol has no such request yet.
    private func track(_ request: Request) async throws -> Response {
        let body = try JSONField(try await request.json()).object()
        try body.allowOnly("events")
        let now = clock.now()
        var events: [EngagementEvent] = []
        var rejected: [Rejection] = []
        for (index, field) in try body.required("events").elements().enumerated() {
            do {
                switch try OFREPTracked(field, receivedAt: now) {
                case .event(let event): events.append(event)
                case .shown(let key, let context): _ = try await features.evaluate(key, context)
                }
            } catch let error as FieldError {
                rejected.append(Rejection(index: index, field: error.field, problem: error.problem))
            } catch let error as FeatureEvaluationError {
                rejected.append(Rejection(index: index, field: "flag", problem: OFREPError(error).details))
            }
        }
        let result = try await log.append(events)
        return Response(
            status: .accepted,
            json: [
                "accepted": JSON(result.accepted), "duplicates": JSON(result.duplicates),
                "rejected": .array(rejected.map(\.json)),
            ]
        )
    }

    /// Contexts are small, and there are many of them.
    static let maximumBodyBytes = 256 * 1024
}
