import DequeModule
import HooklinePrimitives

extension DeliveryScheduler {
    /// The store has, or may have, something due at that time that is not offered from the tail: at the start, and when a
    /// delivery is made due again. An ordered lane reads the store at once, whatever the time.
    mutating func storedDue(_ subscription: Int64, at moment: Timestamp) {
        guard let index = lanes.index(of: subscription) else { return }
        noteStored(index, at: moment)
    }

    /// The lanes for which the store is to be read now, at most `maximumRefills`: what is in memory of them is at most
    /// half of what may be, and the store has something due.
    ///
    /// Each is to be read between `beginFeed` and `endFeed`, its rows offered, and then `refilled` called, before the lane
    /// is named again.
    mutating func refills(now: Timestamp) -> [Refill] {
        if isMemoryFree { recallAwaitingMemory() }
        while let wake = readWakes.popFirst(dueAt: now) {
            guard isReadAwaited(wake) else { continue }
            lanes[wake.lane.index].refill = .awaitingRoom
            noteRoom(wake.lane.index)
        }
        var refills: [Refill] = []
        while refills.count < limits.maximumRefills, let id = refillQueue.popFirst() {
            guard lanes.has(id), lanes[id.index].refill == .queued else { continue }
            if let refill = refill(id, now: now) { refills.append(refill) }
        }
        return refills
    }

    /// The store was read and the rows offered. `isComplete` where fewer rows than the limit came; `nextDue` is then
    /// when the store has the next delivery of the subscription that is not due yet, and has no meaning in an ordered lane.
    mutating func refilled(_ subscription: Int64, isComplete: Bool, nextDue: Timestamp?) {
        guard let index = lanes.index(of: subscription), lanes[index].refill == .reading else { return }
        let isVoid = lanes[index].isReadRefused
        lanes[index].refill = .idle
        lanes[index].isReadRefused = false
        guard lanes[index].isActive else { return takeLate(index) }
        var due = isComplete && !isVoid ? nextDue : lanes[index].readAt
        if lanes[index].ordered != nil {
            // Not due ones were read as well.
            if isComplete, !isVoid { due = nil }
            readmitKeys(index)
        }
        if let due = [due, lanes[index].storedDue].compactMap({ $0 }).min() { noteStored(index, at: due) }
        takeLate(index)
    }

    private mutating func refill(_ id: LaneID, now: Timestamp) -> Refill? {
        let index = id.index
        guard lanes[index].hasRoomToRefill(limits) else {
            lanes[index].refill = .awaitingRoom
            return nil
        }
        guard !isMemoryFull || lanes[index].queued == 0 else {
            lanes[index].refill = .awaitingMemory
            awaitingMemory.append(id)
            return nil
        }
        lanes[index].refill = .reading
        lanes[index].isReadRefused = false
        lanes[index].readAt = now
        lanes[index].storedDue = nil
        return Refill(
            subscription: lanes[index].subscription,
            limit: lanes[index].refillLimit(limits),
            excludedKeys: lanes[index].ordered?.excludedNames ?? [],
            isOrdered: lanes[index].ordered != nil
        )
    }

    /// The store has something at that moment: a read is due then.
    mutating func noteStored(_ index: Int, at moment: Timestamp) {
        guard lanes[index].isActive else { return }
        let moment = lanes[index].ordered == nil ? moment : .earliest
        let old = lanes[index].storedDue
        let due = min(old ?? moment, moment)
        lanes[index].storedDue = due
        switch lanes[index].refill {
        case .idle: lanes[index].refill = .armed
        case .armed where old != due: break
        case .armed, .awaitingRoom, .awaitingMemory, .queued, .reading: return
        }
        readWakes.insert(lanes.id(index), at: due)
        readWakes.compact(laneCount: lanes.count) { [lanes] wake in
            lanes.has(wake.lane) && lanes[wake.lane.index].refill == .armed
                && lanes[wake.lane.index].storedDue == wake.at
        }
    }

    /// The lane may have room now: a read that waits for it is queued.
    mutating func noteRoom(_ index: Int) {
        switch lanes[index].refill {
        case .awaitingRoom where lanes[index].hasRoomToRefill(limits): break
        case .awaitingMemory where lanes[index].queued == 0: break
        default: return
        }
        lanes[index].refill = .queued
        refillQueue.append(lanes.id(index))
    }

    func isReadAwaited(_ wake: WakeQueue.Wake) -> Bool {
        lanes.has(wake.lane) && lanes[wake.lane.index].refill == .armed
            && lanes[wake.lane.index].storedDue == wake.at
    }

    /// So much memory is free that it is worth while to look at all lanes that wait for it.
    var isMemoryFree: Bool { bufferedBytes < limits.maximumBufferedBytes - limits.maximumBufferedBytes / 8 }

    private mutating func recallAwaitingMemory() {
        while let id = awaitingMemory.popFirst() {
            guard lanes.has(id), lanes[id.index].refill == .awaitingMemory else { continue }
            lanes[id.index].refill = .queued
            refillQueue.append(id)
        }
    }
}
