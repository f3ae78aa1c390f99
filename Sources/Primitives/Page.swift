/// One page of a list, and where the next one starts.
public struct Page<Element: Sendable>: Sendable {
    public let items: [Element]
    /// What to pass for the next page; nil on the last one.
    public let next: String?

    public init(items: [Element], next: String?) {
        self.items = items
        self.next = next
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
}
