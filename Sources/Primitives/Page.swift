/// One page of a list, and where the next one starts.
public struct Page<Element: Sendable>: Sendable {
    public let items: [Element]
    /// What to pass for the next page; nil on the last one.
    public let next: String?

    public init(items: [Element], next: String?) {
        self.items = items
        self.next = next
    }

    /// - Parameters:
    ///   - found: What there is where one more than the page's limit was looked for: so it is known whether there is a next page.
    ///   - page: What was asked for.
    ///   - cursor: What the page after an element is asked for by.
    public init(_ found: [Element], of page: PageRequest, cursor: (Element) -> String) {
        let items = Array(found.prefix(page.limit))
        self.init(items: items, next: found.count > items.count ? items.last.map(cursor) : nil)
    }
}

/// Which page of a list is asked for: the elements after a cursor, at most so many.
public struct PageRequest: Sendable {
    /// The key of the last element seen; nil for the first page.
    public let after: String?
    public let limit: Int

    /// `limit` is brought into `1...maximumLimit`.
    public init(after: String? = nil, limit: Int = PageRequest.defaultLimit) {
        self.after = after
        self.limit = min(max(limit, 1), Self.maximumLimit)
    }

    public static let defaultLimit = 50
    public static let maximumLimit = 500

    /// The cursor of a list that goes by numbers; nil for the first page.
    ///
    /// - Throws: `problem`, where no page has given the cursor out.
    public func number<Problem: Error>(or problem: @autoclosure () -> Problem) throws(Problem) -> Int64? {
        guard let after else { return nil }
        guard let number = Int64(after) else { throw problem() }
        return number
    }
}
