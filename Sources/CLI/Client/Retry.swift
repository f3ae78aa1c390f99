/// How often and after which waits a request is sent again.
struct Retry: Sendable {
    /// With the first one.
    var maximumAttempts = 10
    /// Where the server does not say how long to wait; doubled each time.
    var firstWait = Duration.milliseconds(200)
    /// No wait is longer, whatever the server says.
    var longestWait = Duration.seconds(30)
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// The wait before the attempt after so many.
    func wait(after attempts: Int, serverSaysSeconds seconds: Int?) -> Duration {
        if let seconds { return min(max(.seconds(seconds), .milliseconds(1)), longestWait) }
        return min(firstWait * (1 << min(attempts - 1, 20)), longestWait)
    }

    /// Sends a request until it is answered with something else than "later", at most so often.
    ///
    /// Only for requests that may be done twice: their members carry ids.
    /// - Throws: `ClientError`; the last one where no attempt succeeded.
    func succeed(_ request: ClientRequest, by client: any Client) async throws -> ClientAnswer {
        var attempts = 1
        while true {
            var seconds: Int?
            do {
                let answer = try await client.send(request)
                if answer.isSuccess { return answer }
                seconds = answer.retryAfterSeconds
                throw ClientError.refused(ServerProblem(answer), place: client.place)
            } catch let error as ClientError where error.isTemporary && attempts < maximumAttempts {
                try await sleep(wait(after: attempts, serverSaysSeconds: seconds))
                attempts += 1
            }
        }
    }
}
