import HTTPTypes
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import Hummingbird
import Logging
import NIOCore
import Testing

@testable import HooklineServer

@Suite struct ErrorResponseTests {
    @Test(arguments: [
        (StorageError.busy(code: "SQLITE_BUSY(5)"), "storage_busy", Logger.Level.warning),
        (.conflict(code: "40001"), "storage_conflict", .warning),
        (.full(code: "SQLITE_FULL(13)"), "storage_full", .error),
        (.unavailable(code: "08006", message: "host=db password=x"), "storage_unavailable", .error),
        (.readOnly(code: "25006"), "storage_read_only", .error),
        (.newerSchema(oldestAllowed: 9, supported: 3), "storage_newer", .error),
        (.closed, "shutting_down", .info),
    ])
    func storageThatMayWorkLaterIs503(_ error: StorageError, _ code: String, _ level: Logger.Level) throws {
        let answer = ErrorResponse(error)
        #expect(answer.problem.status == .serviceUnavailable)
        #expect(answer.problem.code == code)
        #expect(try #require(answer.problem.headers[.retryAfter].flatMap { Int($0) }) >= 1)
        #expect(answer.logLevel == level)
        #expect(!answer.problem.detail.contains("password"))
    }

    @Test func everyTemporaryStorageErrorIs503() {
        let errors: [StorageError] = [
            .busy(code: ""), .full(code: ""), .unavailable(code: "", message: ""), .conflict(code: ""), .closed,
        ]
        for error in errors {
            #expect(error.isTemporary)
            #expect(ErrorResponse(error).problem.status == .serviceUnavailable)
        }
    }

    @Test func whatIsOursIs500WithoutInternals() throws {
        struct Secret: Error, CustomStringConvertible { let description = "hunter2" }
        let errors: [any Error] = [
            Secret(), StorageError.failed(code: "42601", message: "hunter2"), CancellationError(),
            StorageError.constraint(code: "23505", message: "hunter2"), HTTPError(.badGateway, message: "hunter2"),
            StorageError.corrupt(code: "11", message: "hunter2"), StorageError.invalidAddress(problem: "hunter2"),
            StorageError.unexpectedValue(column: "hunter2", expected: "", found: ""),
        ]
        for error in errors {
            let answer = ErrorResponse(error)
            #expect(answer.problem.status == .internalServerError)
            #expect(answer.problem.code == "internal")
            #expect(answer.logLevel == .error)
            let response = answer.problem.response(requestID: "r", instance: "/")
            #expect(response.headers[.contentType] == "application/problem+json")
            #expect(!"\(answer.problem)".contains("hunter2"))
        }
    }

    @Test func whatTheClientGotWrongIsNamed() {
        let json = ErrorResponse(JSONError(offset: 7, problem: .unexpectedEnd)).problem
        #expect(json.status == .badRequest)
        #expect(json.offset == 7)
        let field = ErrorResponse(FieldError(field: "variants[2]", problem: "is empty")).problem
        #expect(field.status == .unprocessableContent)
        #expect(field.field == "variants[2]")
        #expect(field.detail == "variants[2] is empty")
        #expect(ErrorResponse(IdentifierError.empty).problem.status == .unprocessableContent)
        #expect(ErrorResponse(KeyStoreError.invalidCursor).problem.field == "cursor")
        #expect(ErrorResponse(HTTPError(.notFound)).problem.code == "route_unknown")
        #expect(ErrorResponse(HTTPError(.badRequest, message: "no")).problem.detail == "no")
        #expect(ErrorResponse(NIOTooManyBytesError(maxBytes: 1)).problem.status == .contentTooLarge)
    }

    @Test func clientsErrorsAreNotLoggedAgain() {
        let errors: [any Error] = [
            RequestError.routeUnknown, AccessError.keyMissing, BodyError.missing,
            JSONError(offset: 0, problem: .nul), FieldError(field: "a", problem: "b"),
        ]
        for error in errors { #expect(ErrorResponse(error).logLevel == nil) }
    }

    @Test func anAnswerDoesNotGrowWithTheRequest() {
        let long = String(repeating: "x", count: 100_000)
        for error in [
            RequestError.notFound(kind: "key", id: long), .invalidPercentEncoding(field: long),
            .invalid(field: "limit", problem: "is '\(long)'", accepted: "a number"),
        ] {
            #expect(ErrorResponse(error).problem.detail.utf8.count < 300)
        }
        let media = BodyError.unsupportedMediaType(found: long, accepted: "application/json")
        #expect(ErrorResponse(media).problem.detail.utf8.count < 300)
    }

    @Test func theMembersAreThoseOfTheStandard() throws {
        let problem = ErrorResponse(BodyError.tooLarge(maximumBytes: 9)).problem
            .adding { $0.offset = 3 }
        #expect(problem.status == .contentTooLarge)
        let object = problem.object(requestID: "id-1", instance: "/v1/x")
        #expect(
            object.keys == [
                "type", "title", "status", "detail", "instance", "code", "offset", "maximum_bytes", "request_id",
            ]
        )
        #expect(object["type"] == "urn:hookline:problem:body_too_large")
        #expect(object["request_id"] == "id-1")
    }

    @Test func aLogThatDoesNotReachBackIsAConflict() {
        for (error, name) in [
            (ExperimentError.logTooShort("clicks"), "clicks"), (.logTooShortToRecount("hooks"), "hooks"),
        ] {
            let problem = ErrorResponse(error).problem
            #expect(problem.status == .conflict && problem.code == "log_too_short")
            #expect(problem.detail.contains("'\(name)'"))
        }
    }
}
