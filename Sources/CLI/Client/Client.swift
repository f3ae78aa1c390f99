import HooklinePrimitives

/// Somebody who answers requests of the HTTP API: a server over the network, or the same code in this process.
protocol Client: Sendable {
    /// The answer, whatever its status.
    ///
    /// - Throws: `ClientError` where there is none.
    func send(_ request: ClientRequest) async throws -> ClientAnswer

    /// Where requests go, for messages: `http://127.0.0.1:8080`, `sqlite:hookline.db`.
    var place: String { get }
}

extension Client {
    /// The answer, which says that the request was done.
    ///
    /// - Throws: `ClientError.refused` with the problem that the answer describes.
    func succeed(_ request: ClientRequest) async throws -> ClientAnswer {
        let answer = try await send(request)
        guard answer.isSuccess else { throw ClientError.refused(ServerProblem(answer), place: place) }
        return answer
    }

    /// The JSON of the answer to a request that must succeed.
    func json(_ request: ClientRequest) async throws -> JSON {
        try await succeed(request).json(from: place)
    }

    /// All items of a list, page after page.
    ///
    /// - Parameter request: made once for each page, with its cursor.
    func allItems(_ request: (_ cursor: String?) -> ClientRequest) async throws -> [JSON] {
        var items: [JSON] = []
        var cursor: String?
        repeat {
            let page = try await json(request(cursor))
            guard let found = page["items"]?.array else { throw ClientError.notHookline(place: place) }
            items += found
            let next = page["next"]?.string
            // A server that gives the same cursor again would be asked for ever.
            guard next == nil || next != cursor else { throw ClientError.notHookline(place: place) }
            cursor = next
        } while cursor != nil
        return items
    }
}
