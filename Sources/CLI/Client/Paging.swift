import ArgumentParser
import HooklinePrimitives

/// How lists are read.
enum Paging {
    /// The most that a server gives at a time.
    static let itemsPerPage = 500
    /// The most of what has large bodies, such as domain events.
    static let largeItemsPerPage = 100
    /// What is shown of a list that may be very long.
    static let defaultShownItems = 50
    static let maximumShownItems = 1_000_000

    static func check(limit: Int) throws {
        guard (1...maximumShownItems).contains(limit) else {
            throw ValidationError("--limit is \(limit); accepted are 1 to \(maximumShownItems)")
        }
    }
}

extension Client {
    /// The first items of a list that may be very long.
    ///
    /// - Parameters:
    ///   - count: how many at most.
    ///   - request: made once for each page, with its cursor and how many items are still wanted.
    func items(
        atMost count: Int,
        _ request: (_ cursor: String?, _ limit: Int) -> ClientRequest
    ) async throws -> [JSON] {
        var items: [JSON] = []
        var cursor: String?
        repeat {
            let page = try await json(request(cursor, count - items.count))
            guard let found = page["items"]?.array else { throw ClientError.notHookline(place: place) }
            items += found.prefix(count - items.count)
            let next = page["next"]?.string
            guard next == nil || next != cursor else { throw ClientError.notHookline(place: place) }
            cursor = next
        } while cursor != nil && items.count < count
        return items
    }
}
