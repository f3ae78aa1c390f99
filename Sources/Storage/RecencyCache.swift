/// A dictionary of bounded size that forgets what was used longest ago: prepared statements by their text.
package struct RecencyCache<Element> {
    private final class Entry {
        let element: Element
        var lastUse: UInt64

        init(_ element: Element, lastUse: UInt64) {
            self.element = element
            self.lastUse = lastUse
        }
    }

    private var entries: [String: Entry] = [:]
    private var uses: UInt64 = 0
    private let capacity: Int

    package init(capacity: Int) {
        precondition(capacity > 0, "a cache holds at least one element")
        self.capacity = capacity
    }

    package var count: Int { entries.count }

    package mutating func element(for key: String) -> Element? {
        guard let entry = entries[key] else { return nil }
        uses += 1
        entry.lastUse = uses
        return entry.element
    }

    /// Answers the element that had to leave. Finding it reads every entry, which is rare and short beside preparing.
    package mutating func insert(_ element: Element, for key: String) -> Element? {
        uses += 1
        var evicted = entries.updateValue(Entry(element, lastUse: uses), forKey: key)?.element
        if entries.count > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            evicted = entries.removeValue(forKey: oldest.key)?.element
        }
        return evicted
    }

    package mutating func removeAll() {
        entries = [:]
    }
}
