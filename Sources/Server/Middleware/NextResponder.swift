import Hummingbird

/// What middleware calls to have the request answered. Hummingbird's closures run on the global executor, whoever calls.
typealias NextResponder = @concurrent (Request, HooklineRequestContext) async throws -> Response
