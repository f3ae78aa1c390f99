import DequeModule
import HooklinePrimitives

extension DeliveryScheduler {
    /// Everything that may start now, in the order in which it is to be started; it counts as in flight from now on.
    ///
    /// A lane may start where it is below its allowed concurrency, its breaker is closed or its probe is due, its rate
    /// allows it, and, if it is slow, a place for slow lanes is free.
    mutating func start(now: Timestamp) -> [DueDelivery<Payload>] {
        wakeLanes(now: now)
        checkSlowLanes(now: now)
        unparkLanes()
        var started: [DueDelivery<Payload>] = []
        while inFlight < limits.maximumInFlight, unsettled < limits.maximumUnsettled, let index = ring.popFirst() {
            takeTurn(index, now: now, into: &started)
        }
        return started
    }

    /// The lane may be able to start something: it gets a turn, if anything waits in it.
    mutating func noteReady(_ index: Int) {
        guard lanes[index].place == .outside, lanes[index].isActive, lanes[index].queued > 0 else { return }
        lanes[index].place = .ring
        ring.append(index)
    }

    private mutating func takeTurn(_ index: Int, now: Timestamp, into started: inout [DueDelivery<Payload>]) {
        lanes[index].place = .outside
        guard lanes[index].isActive, !lanes[index].isDraining else { return freeIfDone(index) }
        guard lanes[index].inFlight < lanes[index].allowedConcurrency else { return }
        guard hasReady(index, now: now) else {
            if let due = lanes[index].ordered?.nextDue { wake(index, at: due) }
            return noteRoom(index)
        }
        refreshSlow(index, now: now)
        if lanes[index].isSlow, slowInFlight >= limits.maximumSlowInFlight {
            lanes[index].place = .parked
            parked.append(index)
            return
        }
        let admission = lanes[index].breaker.admission(now: now)
        switch admission {
        case .busy: return
        case .wait(let until): return wake(index, at: until)
        case .allowed, .probe: break
        }
        if let until = lanes[index].bucket?.wait(now: now) { return wake(index, at: until) }
        guard let slot = lanes[index].ordered?.start() ?? lanes[index].unordered.popFirst(),
            let delivery = table[slot].delivery
        else { return }
        lanes[index].bucket?.take()
        if admission == .probe { lanes[index].breaker.beginProbe(now: now) }
        begin(slot, index, isProbe: admission == .probe, now: now)
        started.append(delivery)
        noteRoom(index)
        noteReady(index)
    }

    private mutating func begin(_ slot: Int, _ index: Int, isProbe: Bool, now: Timestamp) {
        table[slot].state = .inFlight
        table[slot].startedAt = now
        table[slot].isProbe = isProbe
        lanes[index].inFlight += 1
        lanes[index].starts.append(Lane.Start(slot: slot, startedAt: now))
        inFlight += 1
        if lanes[index].isSlow { slowInFlight += 1 }
        armSlowCheck(index)
    }

    /// Whether something in the lane is due. What an unordered lane holds too early goes back to the store.
    private mutating func hasReady(_ index: Int, now: Timestamp) -> Bool {
        if lanes[index].ordered != nil { return lanes[index].ordered?.isReady(now: now) == true }
        while let slot = lanes[index].unordered.first {
            guard let dueAt = table[slot].delivery?.dueAt, dueAt > now else { return true }
            _ = lanes[index].unordered.popFirst()
            forget(slot)
            noteStored(index, at: dueAt)
        }
        return false
    }
}

// MARK: - Waking

extension DeliveryScheduler {
    /// The earliest moment at which `start` or `refills` may give something without another call before; nil where
    /// only another call can bring something. To be asked after both.
    mutating func nextWake(now: Timestamp) -> Timestamp? {
        let canStart = inFlight < limits.maximumInFlight && unsettled < limits.maximumUnsettled
        if canStart, !ring.isEmpty || !parked.isEmpty && slowInFlight < limits.maximumSlowInFlight { return now }
        if !refillQueue.isEmpty || !awaitingMemory.isEmpty && isMemoryFree { return now }
        while let wake = wakes.first, !isAwaited(wake) { _ = wakes.popFirst() }
        while let wake = readWakes.first, !isReadAwaited(wake) { _ = readWakes.popFirst() }
        guard let wake = [wakes.first, readWakes.first].compactMap({ $0?.at }).min() else { return nil }
        return max(now, wake)
    }

    private mutating func wake(_ index: Int, at moment: Timestamp) {
        if let wakesAt = lanes[index].wakesAt, wakesAt <= moment { return }
        lanes[index].wakesAt = moment
        wakes.insert(lanes.id(index), at: moment)
        wakes.compact(laneCount: lanes.count) { [lanes] wake in
            lanes.has(wake.lane) && lanes[wake.lane.index].wakesAt == wake.at
        }
    }

    private mutating func wakeLanes(now: Timestamp) {
        while let wake = wakes.popFirst(dueAt: now) {
            guard isAwaited(wake) else { continue }
            lanes[wake.lane.index].wakesAt = nil
            noteReady(wake.lane.index)
        }
    }

    private func isAwaited(_ wake: WakeQueue.Wake) -> Bool {
        lanes.has(wake.lane) && lanes[wake.lane.index].wakesAt == wake.at
    }
}

// MARK: - Slow lanes

extension DeliveryScheduler {
    /// Judges anew whether the lane is slow or unproven.
    mutating func refreshSlow(_ index: Int, now: Timestamp) {
        while let start = lanes[index].starts.first, !isRunning(start, index) { lanes[index].starts.removeFirst() }
        let oldest = lanes[index].starts.first?.startedAt ?? now
        let isProven =
            lanes[index].lastSuccessAt.map {
                now.milliseconds - $0.milliseconds <= SchedulerLimits.provenMilliseconds
            } ?? false
        let isSlow =
            !isProven || now.milliseconds - oldest.milliseconds > SchedulerLimits.slowExchangeMilliseconds
        guard isSlow != lanes[index].isSlow else { return }
        lanes[index].isSlow = isSlow
        slowInFlight += isSlow ? lanes[index].inFlight : -lanes[index].inFlight
        guard !isSlow else { return }
        armSlowCheck(index)
        if lanes[index].place == .parked {
            lanes[index].place = .outside
            noteReady(index)
        }
    }

    /// One exchange that hangs keeps those that ended after it in the list; this takes them out.
    mutating func trimStarts(_ index: Int) {
        guard lanes[index].starts.count > 2 * lanes[index].inFlight + Self.untrimmedStarts else { return }
        let running = lanes[index].starts.filter { isRunning($0, index) }
        lanes[index].starts = running
    }

    private static var untrimmedStarts: Int { 32 }

    private func isRunning(_ start: Lane.Start, _ index: Int) -> Bool {
        table[start.slot].lane == index && table[start.slot].state == .inFlight
            && table[start.slot].startedAt == start.startedAt
    }

    private mutating func armSlowCheck(_ index: Int) {
        guard !lanes[index].isSlow, !lanes[index].isSlowCheckArmed, let oldest = lanes[index].starts.first else {
            return
        }
        lanes[index].isSlowCheckArmed = true
        let moment = oldest.startedAt.advanced(byMilliseconds: SchedulerLimits.slowExchangeMilliseconds + 1)
        slowChecks.insert(lanes.id(index), at: moment)
    }

    private mutating func checkSlowLanes(now: Timestamp) {
        while let wake = slowChecks.popFirst(dueAt: now) {
            guard lanes.has(wake.lane) else { continue }
            lanes[wake.lane.index].isSlowCheckArmed = false
            refreshSlow(wake.lane.index, now: now)
            armSlowCheck(wake.lane.index)
        }
    }

    /// As many parked lanes as there are free places get a turn.
    private mutating func unparkLanes() {
        var free = limits.maximumSlowInFlight - slowInFlight
        while free > 0, let index = parked.popFirst() {
            guard lanes[index].place == .parked else { continue }
            lanes[index].place = .outside
            noteReady(index)
            free -= 1
        }
    }
}
