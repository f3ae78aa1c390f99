import HooklineStorage
import Testing

@Suite struct RecencyCacheTests {
    @Test func whatWasUsedLongestAgoLeaves() {
        var cache = RecencyCache<Int>(capacity: 2)
        #expect(cache.insert(1, for: "a") == nil)
        #expect(cache.insert(2, for: "b") == nil)
        #expect(cache.element(for: "a") == 1)
        #expect(cache.insert(3, for: "c") == 2)
        #expect(cache.count == 2)
        #expect(cache.element(for: "b") == nil)
        #expect(cache.element(for: "a") == 1)
        #expect(cache.element(for: "c") == 3)
    }

    @Test func whatIsReplacedLeaves() {
        var cache = RecencyCache<Int>(capacity: 2)
        _ = cache.insert(1, for: "a")
        #expect(cache.insert(2, for: "a") == 1)
        #expect(cache.element(for: "a") == 2)
        cache.removeAll()
        #expect(cache.element(for: "a") == nil)
    }
}
