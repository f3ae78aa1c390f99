import HTTPTypes
import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineWebhooks
import Hummingbird
public import Logging
import NIOCore

/// What the edge answers to an error, and how loudly it is logged. The only place that decides either.
public struct ErrorResponse: Sendable {
    public let problem: Problem
    /// Nil where the request's own line in the log says enough.
    public let logLevel: Logger.Level?

    init(_ problem: Problem, log logLevel: Logger.Level? = nil) {
        self.problem = problem
        self.logLevel = logLevel
    }

    public init(_ error: any Error) {
        self =
            switch error {
            case let error as RequestError: Self.request(error)
            case let error as AccessError: ErrorResponse(Self.access(error))
            case let error as BodyError: ErrorResponse(Self.body(error))
            case let error as JSONError: ErrorResponse(Self.json(error))
            case let error as FieldError: ErrorResponse(Self.invalid(field: error.field, error.description))
            case let error as IdentifierError: ErrorResponse(Self.invalid(field: nil, "an identifier \(error)"))
            case let error as KeyStoreError: ErrorResponse(Self.keyStore(error))
            case let error as StorageError: Self.storage(error)
            case let error as EventLogError: Self.eventLog(error)
            case let error as ExperimentError: ErrorResponse(Self.experiment(error))
            case let error as FeatureError: ErrorResponse(Self.feature(error))
            case let error as FeatureEvaluationError: ErrorResponse(Self.evaluation(error))
            case let error as OFREPError: ErrorResponse(Self.ofrep(error))
            case let error as OutboxError: Self.outbox(error)
            case let error as WebhookError: Self.webhook(error)
            case let error as SvixError: ErrorResponse(Self.svix(error))
            case let error as MemberError: Self.member(error)
            case let error as NothingAccepted: ErrorResponse(Self.nothingAccepted(error))
            // The errors of further domains go here: a line here, and a function with an exhaustive switch below.
            case let error as HTTPError: Self.http(error)
            case is NIOTooManyBytesError:
                ErrorResponse(Self.body(.tooLarge(maximumBytes: ServerLimits.maximumBodyBytes)))
            default: Self.unexpected
            }
    }
}

// MARK: - What the client got wrong

extension ErrorResponse {
    static func request(_ error: RequestError) -> ErrorResponse {
        switch error {
        case .routeUnknown:
            ErrorResponse(Problem(.notFound, "route_unknown", "No such route", "Nothing is served at this path."))
        case .methodNotAllowed(let allowed):
            ErrorResponse(methodNotAllowed(allowed.joined(separator: ", ")))
        case .notFound(let kind, let id):
            ErrorResponse(
                Problem(.notFound, "\(kind)_unknown", "No such \(kind)", "There is no \(kind) '\(echoed(id))'.")
            )
        case .invalid(let field, let what, let accepted):
            ErrorResponse(
                invalid(field: field, "\(field) \(echoed(what)); accepted: \(accepted)")
                    .adding { $0.accepted = accepted }
            )
        case .invalidPercentEncoding(let field): ErrorResponse(percentEncoding(echoed(field)))
        case .overloaded:
            unavailable("overloaded", "The server has too much to do.", afterSeconds: 1, log: .warning)
        }
    }

    private static func methodNotAllowed(_ allowed: String) -> Problem {
        Problem(.methodNotAllowed, "method_not_allowed", "Method not allowed", "This path accepts \(allowed).")
            .adding { $0.headers[.allow] = allowed }
    }

    private static func percentEncoding(_ field: String) -> Problem {
        Problem(.badRequest, "percent_encoding", "Malformed address", "'\(field)' is not percent-encoded UTF-8.")
            .adding { $0.field = field }
    }

    private static func access(_ error: AccessError) -> Problem {
        switch error {
        case .keyMissing:
            Problem(.unauthorized, "key_missing", "Key missing", "Send a key as 'Authorization: Bearer KEY'.")
                .adding { $0.headers[.wwwAuthenticate] = "Bearer" }
        case .keyUnknown:
            Problem(.unauthorized, "key_unknown", "Key unknown", "There is no such key, or it was revoked.")
                .adding { $0.headers[.wwwAuthenticate] = #"Bearer error="invalid_token""# }
        case .scopeMissing(let required, let present):
            Problem(
                .forbidden,
                "scope_missing",
                "Key not sufficient",
                "This needs a key of the scope '\(required.rawValue)'; the given one has '\(present.rawValue)'."
            )
        case .rateLimited(let seconds):
            Problem(.tooManyRequests, "rate_limited", "Too many requests", "This key sends faster than a key may.")
                .retry(afterSeconds: seconds)
        }
    }

    private static func body(_ error: BodyError) -> Problem {
        switch error {
        case .missing:
            Problem(.badRequest, "body_missing", "Body missing", "This request needs a JSON body.")
                .adding { $0.offset = 0 }
        case .tooLarge(let maximum):
            Problem(.contentTooLarge, "body_too_large", "Body too large", "A body has at most \(maximum) bytes here.")
                .adding { $0.members["maximum_bytes"] = JSON(maximum) }
        case .incomplete(let announced, let received):
            Problem(
                .badRequest,
                "body_incomplete",
                "Body incomplete",
                "The body has \(received) bytes; \(announced) were announced."
            )
        case .broken:
            Problem(.badRequest, "body_broken", "Body broken", "The body ended in the middle or is framed wrongly.")
        case .unsupportedMediaType(let found, let accepted):
            Problem(
                .unsupportedMediaType,
                "media_type",
                "Media type not supported",
                "The body is declared as '\(echoed(found))'; accepted: \(accepted)."
            ).adding { $0.accepted = accepted }
        }
    }

    private static func json(_ error: JSONError) -> Problem {
        Problem(.badRequest, "malformed_json", "Malformed JSON", "The body is not accepted \(error).")
            .adding { $0.offset = error.offset }
    }

    private static func keyStore(_ error: KeyStoreError) -> Problem {
        switch error {
        case .invalidCursor: invalid(field: "cursor", "cursor is none that a page gave out as 'next'")
        }
    }

    private static func experiment(_ error: ExperimentError) -> Problem {
        switch error {
        case .unknownExperiment(let id):
            Problem(
                .notFound,
                "experiment_unknown",
                "No such experiment",
                "There is no experiment '\(echoed(id.text))'."
            )
            .adding { $0.field = "experiment_id" }
        case .exists(let id):
            Problem(.conflict, "experiment_exists", "Experiment exists", "There is an experiment '\(echoed(id.text))'.")
                .adding { $0.field = "id" }
        case .unknownVariant(let variant, let accepted):
            unknown("variant", variant, accepted, .unprocessableContent)
        case .unknownMetric(let metric, let accepted):
            unknown("metric", metric, accepted, .notFound)
        case .wrongState(let state, let accepted):
            Problem(
                .conflict,
                "wrong_state",
                "Not in this state",
                "The experiment is \(state.rawValue); this is accepted while it is"
                    + " \(accepted.map(\.rawValue).joined(separator: " or "))."
            )
            .adding {
                $0.field = "state"
                $0.accepted = accepted.map(\.rawValue).joined(separator: ", ")
            }
        case .invalid(let field, let what): invalid(field: field, "\(field) \(what)")
        case .undecided(let decision): undecided(decision)
        case .validating:
            Problem(
                .conflict,
                "validating",
                "Validating already",
                "This node is validating an experiment already; ask again when it is done."
            )
        case .logTooShort(let metric):
            logTooShort(
                "The log no longer reaches back as far as '\(echoed(metric.text))' has to be measured from. Start a new"
                    + " version, which measures from now on."
            )
        case .logTooShortToRecount(let id):
            logTooShort(
                "The log no longer holds all that '\(echoed(id.text))' was measured from, so it cannot be counted again."
                    + " What was folded stands."
            )
        case .unknownNamedMetric(let id): metricUnknown(id)
        case .unknownMetricVersion(let id, let version, let latest): metricVersionUnknown(id, version, latest: latest)
        case .metricExists(let id): metricExists(id)
        case .archivedMetric(let id): metricArchived(id)
        case .changedMeanwhile(let id):
            Problem(
                .conflict,
                "changed_meanwhile",
                "Changed meanwhile",
                "Somebody else changed the experiment '\(echoed(id.text))' at the same time. Read it and try again."
            )
        }
    }

    private static func undecided(_ decision: Decision) -> Problem {
        Problem(
            .conflict,
            "undecided",
            "Nothing is decided",
            "The results choose no winner; they say '\(decision.verdict.rawValue)': \(decision.reasons.joined(separator: " "))"
                + " Name the winner, or none."
        )
        .adding { $0.field = "as_decided" }
    }

    private static func logTooShort(_ detail: String) -> Problem {
        Problem(.conflict, "log_too_short", "Log too short", detail)
    }

    private static func unknown(
        _ kind: String,
        _ name: Identifier,
        _ known: [Identifier],
        _ status: HTTPResponse.Status
    ) -> Problem {
        let accepted = known.prefix(10).map(\.text).joined(separator: ", ")
        return Problem(
            status,
            "\(kind)_unknown",
            "No such \(kind)",
            "The experiment has no \(kind) '\(echoed(name.text))'; accepted: \(accepted.isEmpty ? "none yet" : accepted)."
        )
        .adding {
            $0.field = kind
            $0.accepted = accepted
        }
    }

    private static func nothingAccepted(_ error: NothingAccepted) -> Problem {
        let first = error.rejected.first
        return Problem(
            .unprocessableContent,
            "nothing_accepted",
            "Nothing accepted",
            "Nothing was stored: \(first.map { "\($0.field.isEmpty ? "the member" : $0.field) \($0.problem)" } ?? "")"
        )
        .adding {
            $0.field = first?.field
            $0.members = [
                "accepted": 0, "duplicates": 0, "rejected": .array(error.rejected.map(\.json)), "position": nil,
            ]
        }
    }

    /// Hummingbird's own errors: the router's, and those of its readers.
    static func http(_ error: HTTPError) -> ErrorResponse {
        guard error.status.kind == .clientError else { return unexpected }
        guard error.status != .notFound else { return request(.routeUnknown) }
        let detail = error.body ?? "The request is not accepted."
        return ErrorResponse(
            Problem(error.status, "refused", error.status.reasonPhrase, detail).adding { $0.headers = error.headers }
        )
    }

    static func invalid(field: String?, _ detail: String) -> Problem {
        Problem(.unprocessableContent, "invalid_field", "Not accepted", detail).adding { $0.field = field }
    }

    /// What a client sent, cut so that an answer does not grow with it.
    static func echoed(_ text: String) -> String { String(text.unicodeScalars.prefix(maximumEchoedScalars)) }

    private static let maximumEchoedScalars = 100
}

// MARK: - What went wrong here

extension ErrorResponse {
    private static func storage(_ error: StorageError) -> ErrorResponse {
        switch error {
        case .busy:
            unavailable("storage_busy", "Another process holds the database.", afterSeconds: 1, log: .warning)
        case .conflict:
            unavailable("storage_conflict", "Too many changes at once touch this.", afterSeconds: 1, log: .warning)
        case .full:
            unavailable("storage_full", "The database has no space left.", afterSeconds: 30, log: .error)
        case .unavailable:
            unavailable("storage_unavailable", "The database does not answer.", afterSeconds: 2, log: .error)
        case .readOnly:
            unavailable("storage_read_only", "The database may only be read now.", afterSeconds: 10, log: .error)
        case .newerSchema:
            unavailable("storage_newer", "The database needs a newer server.", afterSeconds: 30, log: .error)
        case .closed:
            unavailable("shutting_down", "The server is shutting down.", afterSeconds: 1, log: .info)
        case .constraint, .corrupt, .invalidAddress, .unexpectedValue, .failed: unexpected
        }
    }

    private static func eventLog(_ error: EventLogError) -> ErrorResponse {
        switch error {
        case .overloaded: request(.overloaded)
        }
    }

    /// Says nothing about what happened: that stands in the log, under the request's id.
    static let unexpected = ErrorResponse(
        Problem(.internalServerError, "internal", "Internal error", "The log has more under the request's id."),
        log: .error
    )

    private static func unavailable(
        _ code: String,
        _ detail: String,
        afterSeconds seconds: Int,
        log: Logger.Level
    ) -> ErrorResponse {
        ErrorResponse(
            Problem(.serviceUnavailable, code, "Not available now", "\(detail) Try again.").retry(
                afterSeconds: seconds
            ),
            log: log
        )
    }
}
