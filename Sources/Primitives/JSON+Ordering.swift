extension JSON {
    /// Whether this value comes before the other one: numbers by their exact values, however they are written, and
    /// texts by their UTF-8 bytes. Nil where the two are neither both numbers nor both texts, or one is NaN: they have
    /// no order.
    public func isLess(than other: JSON) -> Bool? {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left < right
        case (.number(let left), .number(let right)): left.isNaN || right.isNaN ? nil : left < right
        case (.integer(let whole), .number(let double)): Self.order(whole, double).map { $0 < 0 }
        case (.number(let double), .integer(let whole)): Self.order(whole, double).map { $0 > 0 }
        case (.string(let left), .string(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        default: nil
        }
    }

    /// Below 0 where the whole number is less than the double, 0 where they are equal, above 0 where it is more.
    /// Nothing is rounded.
    private static func order(_ whole: Int64, _ double: Double) -> Int? {
        if double.isNaN { return nil }
        let floor = double.rounded(.down)
        guard let truncated = Int64(exactly: floor) else { return double < 0 ? 1 : -1 }
        if whole != truncated { return whole < truncated ? -1 : 1 }
        return floor < double ? -1 : 0
    }
}
