import HooklinePrimitives
import Testing

@testable import HooklineWebhooks

/// The life of single deliveries in a scheduler.
struct DeliverySchedulerTests {
    private let now = Timestamp(milliseconds: 1_000_000)
    private var scheduler = DeliveryScheduler<Int>(random: SimulationRandom(seed: 6))

    private func later(_ milliseconds: Int64) -> Timestamp { now.advanced(byMilliseconds: milliseconds) }

    private func key(_ position: Int64, _ subscription: Int64 = 1) -> DeliveryKey {
        DeliveryKey(position: position, subscription: subscription)
    }

    private func delivery(
        _ position: Int64,
        _ subscription: Int64 = 1,
        name: Identifier? = nil,
        dueAt: Timestamp? = nil,
        attempts: Int = 0,
        bytes: Int = 100
    ) -> DueDelivery<Int> {
        DueDelivery(
            key: key(position, subscription),
            orderingKey: name,
            dueAt: dueAt ?? now,
            attempts: attempts,
            bytes: bytes,
            payload: 0
        )
    }

    /// Offers from the tail; the positions that were taken.
    private mutating func offer(_ positions: ClosedRange<Int64>, name: Identifier? = nil) -> Int {
        positions.count { scheduler.offer(delivery($0, name: name), from: .tail) }
    }

    private mutating func started(at moment: Timestamp? = nil) -> [Int64] {
        scheduler.start(now: moment ?? now).map(\.key.position)
    }

    private mutating func succeed(_ position: Int64, at moment: Timestamp? = nil) {
        scheduler.finished(key(position), .succeeded, now: moment ?? now)
        scheduler.settled(key(position), retryAt: nil)
    }

    private mutating func lane(_ settings: LaneSettings = LaneSettings()) {
        scheduler.set(settings, for: 1, storedDue: nil)
    }

    private mutating func report() -> LaneReport? { scheduler.report(1, now: now) }

    // MARK: What is known

    @Test mutating func startsEachOnce() {
        lane()
        #expect(scheduler.nextWake(now: now) == nil)
        #expect(offer(1...3) == 3)
        #expect(offer(1...3) == 3)
        #expect(scheduler.nextWake(now: now) == now)
        #expect(started() == [1, 2, 3])
        #expect(scheduler.inFlight(key(2)) == now)
        #expect(offer(2...2) == 1)
        scheduler.finished(key(2), .succeeded, now: now)
        #expect(scheduler.inFlight(key(2)) == nil)
        #expect(offer(2...2) == 1)
        #expect(started() == [])
        #expect(report()?.unsettled == 1 && report()?.inFlight == 2)
        scheduler.settled(key(2), retryAt: nil)
        #expect(scheduler.knownCount == 2)
    }

    @Test mutating func ignoresWhatAReadSawBeforeItSettled() {
        lane()
        scheduler.beginFeed()
        #expect(offer(1...1) == 1)
        #expect(started() == [1])
        scheduler.beginFeed()
        succeed(1)
        scheduler.endFeed()
        #expect(offer(1...1) == 1)
        #expect(started() == [])
        scheduler.endFeed()
        // Made due again, and read again.
        #expect(offer(1...1) == 1)
        #expect(started() == [1])
    }

    @Test mutating func leavesRetriesToTheStore() {
        lane()
        #expect(offer(1...1) == 1)
        #expect(started() == [1])
        scheduler.finished(key(1), .failed(isCongestion: false), now: now)
        scheduler.settled(key(1), retryAt: later(1000))
        #expect(scheduler.knownCount == 0)
        #expect(report()?.storedDue == later(1000))
        #expect(scheduler.refills(now: later(999)).isEmpty)
        #expect(scheduler.nextWake(now: now) == later(1000))
        let refills = scheduler.refills(now: later(1000))
        let limit = SchedulerLimits().maximumStoredPerLane
        #expect(refills == [Refill(subscription: 1, limit: limit, excludedKeys: [], isOrdered: false)])
        #expect(scheduler.refills(now: later(1000)).isEmpty)
        // What becomes due while the store is read is not forgotten.
        scheduler.storedDue(1, at: later(1500))
        scheduler.refilled(1, isComplete: true, nextDue: later(9000))
        #expect(scheduler.nextWake(now: later(1000)) == later(1500))
        #expect(scheduler.refills(now: later(1500)).count == 1)
        scheduler.refilled(1, isComplete: false, nextDue: nil)
        #expect(scheduler.nextWake(now: later(1500)) == later(1500))
    }

    @Test mutating func leavesWhatIsNotDueToTheStore() {
        lane()
        #expect(scheduler.offer(delivery(1, dueAt: later(500)), from: .tail) == true)
        #expect(started() == [])
        #expect(scheduler.knownCount == 0)
        #expect(report()?.storedDue == later(500))
    }

    @Test mutating func takesNewOnesAndOldOnesInTurn() {
        lane(LaneSettings(concurrency: 1))
        for position in 1...3 as ClosedRange<Int64> {
            scheduler.offer(delivery(position), from: .store)
            scheduler.offer(delivery(100 + position), from: .tail)
        }
        var seen: [Int64] = []
        while let next = started().first {
            seen.append(next)
            succeed(next)
        }
        #expect(seen == [101, 1, 102, 2, 103, 3])
    }

    @Test mutating func remembersThatTheStoreHasMore() {
        lane()
        let limits = SchedulerLimits()
        #expect(offer(1...2000) == limits.maximumFreshPerLane)
        #expect(report()?.storedDue == now)
        let refills = scheduler.refills(now: now)
        #expect(refills.map(\.limit) == [limits.maximumFreshPerLane + limits.maximumStoredPerLane])
        #expect(report()?.storedDue == nil)
    }

    @Test mutating func refusesWithoutALane() {
        #expect(offer(1...1) == 0)
        scheduler.set(LaneSettings(isEnabled: false), for: 1)
        #expect(offer(1...1) == 0)
        #expect(scheduler.refills(now: now).isEmpty)
        scheduler.set(LaneSettings(), for: 1)
        #expect(scheduler.refills(now: now).map(\.subscription) == [1])
        #expect(offer(1...1) == 1)
        scheduler.remove(1)
        #expect(scheduler.knownCount == 0 && scheduler.bufferedBytes == 0)
        #expect(started() == [])
        #expect(scheduler.laneCount == 0)
    }

    @Test mutating func whatIsInFlightOutlivesItsLane() {
        lane(LaneSettings(ordering: .strict))
        #expect(offer(1...2) == 2)
        #expect(started() == [1])
        scheduler.removeAll { $0 == 1 }
        #expect(scheduler.knownCount == 1)
        // The lane comes back: order is kept only once the old delivery has settled.
        lane(LaneSettings(ordering: .strict))
        #expect(scheduler.refills(now: now).isEmpty)
        #expect(offer(2...2) == 0)
        succeed(1)
        #expect(scheduler.refills(now: now).map(\.subscription) == [1])
        scheduler.offer(delivery(2), from: .store)
        scheduler.refilled(1, isComplete: true, nextDue: nil)
        #expect(started() == [2])
        scheduler.remove(1)
        succeed(2)
        #expect(scheduler.laneCount == 0)
    }

    // MARK: Limits

    @Test mutating func startsSlowlyAndSlowsDown() {
        lane()
        #expect(offer(1...100) == 100)
        #expect(started() == [1, 2, 3, 4])
        succeed(1)
        #expect(started() == [5, 6])
        scheduler.finished(key(2), .failed(isCongestion: true), now: now)
        #expect(report()?.allowedConcurrency == 2)
        #expect(started() == [])
        scheduler.finished(key(3), .failed(isCongestion: false), now: now)
        #expect(report()?.allowedConcurrency == 2)
    }

    @Test mutating func givesBackWhatWasNotAttempted() {
        lane(LaneSettings(concurrency: 1, ratePerSecond: 1))
        #expect(offer(1...2) == 2)
        #expect(started() == [1])
        scheduler.finished(key(1), .released, now: now)
        #expect(started() == [1])
        succeed(1)
        #expect(started() == [])
        #expect(scheduler.nextWake(now: now) == later(1000))
        #expect(started(at: later(1000)) == [2])
    }

    @Test mutating func pausesWhileTheBreakerIsOpen() throws {
        lane()
        #expect(offer(1...20) == 20)
        for _ in 0..<2 {
            for position in started() { scheduler.finished(key(position), .failed(isCongestion: false), now: now) }
        }
        #expect(started() == [])
        let wake = scheduler.nextWake(now: now)
        let reopens = try #require(wake)
        #expect((1600...2400).contains(reopens.milliseconds - now.milliseconds))
        #expect(report()?.breaker == .open(until: reopens))
        #expect(started(at: reopens) == [9])
        #expect(scheduler.nextWake(now: reopens) == nil)
        scheduler.finished(key(9), .succeeded, now: reopens)
        #expect(report()?.breaker == .closed)
        #expect(started(at: reopens) == [10])
    }

    @Test mutating func holdsOnlySoManyBytes() {
        var limits = SchedulerLimits()
        limits.maximumBufferedBytes = 1000
        scheduler = DeliveryScheduler(limits: limits, random: SimulationRandom(seed: 6))
        for subscription in 1...3 as ClosedRange<Int64> {
            scheduler.set(LaneSettings(), for: subscription, storedDue: nil)
        }
        #expect(scheduler.offer(delivery(1, bytes: 600), from: .tail) == true)
        #expect(scheduler.offer(delivery(2, bytes: 600), from: .tail) == true)
        #expect(scheduler.offer(delivery(3, bytes: 600), from: .tail) == false)
        // One may wait in each lane, whatever it costs.
        #expect(scheduler.offer(delivery(3, 2, bytes: 600), from: .tail) == true)
        #expect(scheduler.offer(delivery(4, 2, bytes: 600), from: .tail) == false)
        scheduler.storedDue(3, at: now)
        // Only the lane that has nothing reads, until there is memory.
        #expect(scheduler.refills(now: now).map(\.subscription) == [3])
        #expect(scheduler.nextWake(now: now) == now)
        #expect(scheduler.start(now: now).count == 3)
        #expect(Set(scheduler.refills(now: now).map(\.subscription)) == [1, 2])
        for position in [1, 2] as [Int64] { succeed(position) }
        scheduler.finished(key(3, 2), .succeeded, now: now)
        #expect(scheduler.bufferedBytes == 0)
    }

    @Test mutating func pausesWhileTooMuchIsUnsettled() {
        var limits = SchedulerLimits()
        limits.maximumUnsettled = 2
        scheduler = DeliveryScheduler(limits: limits, random: SimulationRandom(seed: 6))
        lane(LaneSettings(concurrency: 2))
        #expect(offer(1...5) == 5)
        #expect(started() == [1, 2])
        for position in [1, 2] as [Int64] { scheduler.finished(key(position), .succeeded, now: now) }
        #expect(started() == [] && scheduler.nextWake(now: now) == nil)
        scheduler.settled(key(1), retryAt: nil)
        #expect(started() == [3, 4])
    }

    @Test mutating func namesOnlySoManyLanesAtATime() {
        for subscription in 1...100 as ClosedRange<Int64> { scheduler.set(LaneSettings(), for: subscription) }
        #expect(scheduler.refills(now: now).count == 64)
        #expect(scheduler.nextWake(now: now) == now)
        #expect(scheduler.refills(now: now).count == 36)
        #expect(scheduler.refills(now: now).isEmpty)
    }
}
