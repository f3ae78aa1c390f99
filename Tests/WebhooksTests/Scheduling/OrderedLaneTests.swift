import HooklinePrimitives
import Testing

@testable import HooklineWebhooks

/// Lanes that keep order.
struct OrderedLaneTests {
    private let now = Timestamp(milliseconds: 1_000_000)
    private var scheduler = DeliveryScheduler<Int>(random: SimulationRandom(seed: 7))

    private func later(_ milliseconds: Int64) -> Timestamp { now.advanced(byMilliseconds: milliseconds) }
    private func key(_ position: Int64) -> DeliveryKey { DeliveryKey(position: position, subscription: 1) }

    @discardableResult
    private mutating func offer(
        _ position: Int64,
        _ name: Identifier? = nil,
        _ source: DeliverySource = .tail,
        dueAt: Timestamp? = nil,
        attempts: Int = 0
    ) -> Bool {
        let delivery = DueDelivery(
            key: key(position),
            orderingKey: name,
            dueAt: dueAt ?? now,
            attempts: attempts,
            bytes: 100,
            payload: 0
        )
        return scheduler.offer(delivery, from: source)
    }

    private mutating func started(at moment: Timestamp? = nil) -> [Int64] {
        scheduler.start(now: moment ?? now).map(\.key.position)
    }

    private mutating func end(_ position: Int64, _ result: DeliveryResult = .succeeded, retryAt: Timestamp? = nil) {
        scheduler.finished(key(position), result, now: now)
        scheduler.settled(key(position), retryAt: retryAt)
    }

    private mutating func lane(_ ordering: DeliveryOrdering, storedDue: Timestamp? = nil) {
        scheduler.set(LaneSettings(ordering: ordering), for: 1, storedDue: storedDue)
    }

    private mutating func report() -> LaneReport? { scheduler.report(1, now: now) }

    @Test mutating func goesOnOnlyWhenTheOutcomeIsDurable() {
        lane(.strict)
        for position in 1...3 as ClosedRange<Int64> { offer(position) }
        #expect(started() == [1])
        scheduler.finished(key(1), .succeeded, now: now)
        #expect(started() == [])
        scheduler.settled(key(1), retryAt: nil)
        #expect(started() == [2])
    }

    @Test mutating func retriesTheFirstBeforeTheNext() {
        lane(.strict)
        for position in 1...2 as ClosedRange<Int64> { offer(position) }
        #expect(started() == [1])
        end(1, .failed(isCongestion: false), retryAt: later(3000))
        #expect(started() == [])
        #expect(report()?.blockedKeys == 1)
        #expect(scheduler.nextWake(now: now) == later(3000))
        #expect(started(at: later(2999)) == [])
        let again = scheduler.start(now: later(3000))
        #expect(again.map(\.key.position) == [1] && again.map(\.attempts) == [1])
        end(1)
        #expect(started(at: later(3000)) == [2])
    }

    @Test mutating func keysDoNotWaitForEachOther() {
        lane(.byKey)
        offer(1, "a")
        offer(2, "a")
        offer(3, "b")
        offer(4)
        offer(5)
        #expect(started() == [1, 3, 4, 5].prefix(4).map { $0 })
        end(1, .failed(isCongestion: false), retryAt: later(1000))
        end(3)
        offer(6, "b")
        #expect(started() == [6])
        // One without a key is retried from memory as well.
        end(4, .failed(isCongestion: false), retryAt: later(500))
        #expect(started(at: later(500)) == [4])
        #expect(started(at: later(1000)) == [1])
    }

    @Test mutating func newOnesWaitForWhatIsInTheStore() {
        lane(.strict, storedDue: now)
        #expect(!offer(10))
        #expect(
            scheduler.refills(now: now) == [
                Refill(subscription: 1, limit: 1024, excludedKeys: [], isOrdered: true)
            ]
        )
        // Kept aside until the read has ended.
        #expect(offer(11))
        #expect(started() == [])
        offer(9, nil, .store)
        offer(10, nil, .store)
        scheduler.refilled(1, isComplete: true, nextDue: nil)
        #expect(offer(12))
        for position in 9...12 as ClosedRange<Int64> {
            #expect(started() == [position])
            end(position)
        }
        #expect(scheduler.knownCount == 0 && scheduler.bufferedBytes == 0)
    }

    @Test mutating func nothingIsTakenFromAReadBehindWhatWasRefused() {
        var limits = SchedulerLimits()
        limits.maximumOrderedPerLane = 2
        scheduler = DeliveryScheduler(limits: limits, random: SimulationRandom(seed: 7))
        lane(.strict, storedDue: now)
        #expect(scheduler.refills(now: now).map(\.limit) == [2])
        #expect(offer(1, nil, .store) && offer(2, nil, .store))
        #expect(!offer(3, nil, .store))
        #expect(started() == [1])
        end(1)
        // There is room again, but 3 is not in memory.
        #expect(!offer(4, nil, .store))
        scheduler.refilled(1, isComplete: true, nextDue: nil)
        #expect(!offer(5))
        #expect(scheduler.refills(now: now).map(\.limit) == [1 + 1])
    }

    @Test mutating func keepsOnlyAFewOfAKeyThatFails() {
        lane(.byKey)
        offer(1, "a")
        #expect(started() == [1])
        end(1, .failed(isCongestion: false), retryAt: later(1000))
        let taken = (2...60 as ClosedRange<Int64>).count { offer($0, "a") }
        #expect(taken == 31)
        #expect(report()?.excludedKeys == 1)
        // Others go on as before, and the key is left out when the store is read.
        #expect(offer(61, "b"))
        #expect(started() == [61])
        scheduler.storedDue(1, at: now)
        #expect(scheduler.refills(now: now).map(\.excludedKeys) == [["a"]])
        scheduler.refilled(1, isComplete: true, nextDue: nil)
        // What is in memory of the key is done one by one; then the rest is read.
        for position in 1...32 as ClosedRange<Int64> {
            #expect(scheduler.refills(now: later(1000)).isEmpty)
            #expect(started(at: later(1000)) == [position])
            end(position)
        }
        #expect(!offer(62, "a"))
        #expect(scheduler.refills(now: later(1000)).map(\.excludedKeys) == [[]])
        for position in 33...62 as ClosedRange<Int64> { offer(position, "a", .store) }
        scheduler.refilled(1, isComplete: true, nextDue: nil)
        #expect(started(at: later(1000)) == [33])
    }

    @Test mutating func aKeyStaysExcludedUntilTheReadThatLeftItOutHasEnded() {
        lane(.byKey)
        offer(1, "a", attempts: 1)
        for position in 2...40 as ClosedRange<Int64> { offer(position, "a") }
        scheduler.storedDue(1, at: now)
        #expect(scheduler.refills(now: now).map(\.excludedKeys) == [["a"]])
        for position in 1...32 as ClosedRange<Int64> {
            #expect(started() == [position])
            end(position)
        }
        // 33 to 40 are in the store only.
        #expect(offer(41, "a"))
        scheduler.refilled(1, isComplete: true, nextDue: nil)
        #expect(started() == [])
        #expect(scheduler.refills(now: now).map(\.excludedKeys) == [[]])
    }

    @Test mutating func readsOnWhereAllThatIsInMemoryWaits() {
        var limits = SchedulerLimits()
        limits.maximumOrderedPerLane = 8
        scheduler = DeliveryScheduler(limits: limits, random: SimulationRandom(seed: 7))
        lane(.byKey, storedDue: now)
        #expect(scheduler.refills(now: now).count == 1)
        for position in 1...7 as ClosedRange<Int64> {
            offer(position, Identifier(unchecked: "k\(position)"), .store, dueAt: later(60_000), attempts: 1)
        }
        scheduler.refilled(1, isComplete: false, nextDue: nil)
        #expect(scheduler.refills(now: now).isEmpty)
        #expect(started() == [])
        // More than half of the places are taken, but nothing can start.
        #expect(scheduler.refills(now: now).map(\.limit) == [7 + 1])
        offer(8, "good", .store)
        scheduler.refilled(1, isComplete: false, nextDue: nil)
        #expect(started() == [8])
    }

    @Test mutating func anEarlierOneThatIsDueAgainComesFirst() {
        lane(.strict)
        offer(5)
        offer(6)
        offer(7)
        #expect(started() == [5])
        scheduler.storedDue(1, at: now)
        #expect(scheduler.refills(now: now).count == 1)
        for position in [3, 5, 6, 7] as [Int64] { offer(position, nil, .store) }
        scheduler.refilled(1, isComplete: true, nextDue: nil)
        end(5)
        #expect(started() == [3])
    }

    @Test mutating func anotherOrderingReadsTheStoreAnew() {
        lane(.none)
        for position in 1...6 as ClosedRange<Int64> { offer(position) }
        #expect(started() == [1, 2, 3, 4])
        lane(.strict)
        #expect(scheduler.knownCount == 4)
        for position in 1...3 as ClosedRange<Int64> { end(position) }
        scheduler.finished(key(4), .failed(isCongestion: false), now: now)
        #expect(scheduler.refills(now: now).isEmpty)
        scheduler.settled(key(4), retryAt: later(1000))
        #expect(scheduler.refills(now: now).count == 1)
        offer(4, nil, .store, dueAt: later(1000), attempts: 1)
        offer(5, nil, .store)
        scheduler.refilled(1, isComplete: true, nextDue: nil)
        #expect(started() == [])
        #expect(started(at: later(1000)) == [4])
    }
}
