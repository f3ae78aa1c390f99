import HooklinePrimitives

extension DeliveryScheduler {
    /// The attempt has ended. Its place is free for another, but the delivery stays known until `settled`.
    ///
    /// A caller that gives a delivery back (`released`) finds it at the front of its lane again, and should have a reason
    /// not to start it at once.
    mutating func finished(_ key: DeliveryKey, _ result: DeliveryResult, now: Timestamp) {
        guard let slot = table.slot(of: key), table[slot].state == .inFlight else { return }
        let index = table[slot].lane
        lanes[index].inFlight -= 1
        inFlight -= 1
        if lanes[index].isSlow { slowInFlight -= 1 }
        if result == .released {
            giveBack(slot, index, now: now)
        } else {
            learn(result, isProbe: table[slot].isProbe, index, now: now)
            table[slot].state = .unsettled
            lanes[index].unsettled += 1
            unsettled += 1
            // An ordered lane retries from memory.
            if lanes[index].ordered == nil || lanes[index].isDraining { dropPayload(slot) }
        }
        trimStarts(index)
        refreshSlow(index, now: now)
        noteReady(index)
        endDraining(index)
    }

    /// The outcome of a finished delivery is durable. `retryAt` is the moment of its next attempt, or nil where there is
    /// none, be it for success or because it was given up.
    ///
    /// In an ordered lane only this lets the next delivery of the key start, so that order holds if the process dies.
    mutating func settled(_ key: DeliveryKey, retryAt: Timestamp?) {
        guard let slot = table.slot(of: key), table[slot].state == .unsettled else { return }
        let index = table[slot].lane
        lanes[index].unsettled -= 1
        unsettled -= 1
        if lanes[index].ordered != nil, lanes[index].isActive, !lanes[index].isDraining {
            settleInOrder(slot, index, retryAt: retryAt)
        } else {
            settleAndForget(slot, index)
            if let retryAt { noteStored(index, at: retryAt) }
        }
        noteReady(index)
        endDraining(index)
    }

    private mutating func learn(_ result: DeliveryResult, isProbe: Bool, _ index: Int, now: Timestamp) {
        switch result {
        case .succeeded:
            lanes[index].lastSuccessAt = now
            if lanes[index].breaker.succeeded(isProbe: isProbe) {
                lanes[index].ramp.restart()
            } else {
                lanes[index].ramp.succeeded(maximum: lanes[index].settings.concurrency)
            }
        case .failed(let isCongestion):
            if isCongestion { lanes[index].ramp.congested() }
            if lanes[index].breaker.failed(isProbe: isProbe, now: now, using: &random) {
                lanes[index].ramp.restart()
            }
        case .released: break
        }
    }

    private mutating func giveBack(_ slot: Int, _ index: Int, now: Timestamp) {
        if table[slot].isProbe { lanes[index].breaker.probeReleased(now: now) }
        lanes[index].bucket?.giveBack()
        guard lanes[index].isActive, !lanes[index].isDraining else {
            return forget(slot)
        }
        table[slot].state = .queued
        if lanes[index].ordered != nil {
            lanes[index].ordered?.release(table[slot].keyIndex)
        } else {
            lanes[index].unordered.putBack(slot)
        }
    }

    private mutating func settleInOrder(_ slot: Int, _ index: Int, retryAt: Timestamp?) {
        let keyIndex = table[slot].keyIndex
        if let retryAt, let attempts = table[slot].delivery?.attempts {
            table[slot].state = .queued
            table[slot].delivery?.dueAt = retryAt
            table[slot].delivery?.attempts = attempts + 1
            lanes[index].ordered?.retry(keyIndex, dueAt: retryAt, attempts: attempts + 1)
            return
        }
        let isDrained = lanes[index].ordered?.finish(keyIndex) == true
        settleAndForget(slot, index)
        // A read under way was asked to leave the key out; until it has ended the key stays excluded.
        if isDrained, lanes[index].refill != .reading { readmitKeys(index) }
    }

    /// The key's rows in the store are wanted, now that none is in memory.
    mutating func readmitKeys(_ index: Int) {
        guard lanes[index].ordered?.readmitKeys() == true else { return }
        noteStored(index, at: .earliest)
        noteRoom(index)
    }

    private mutating func settleAndForget(_ slot: Int, _ index: Int) {
        if openFeeds > 0 { settledInFeeds.insert(table[slot].key) }
        forget(slot)
    }

    private mutating func endDraining(_ index: Int) {
        guard lanes[index].isIdle else { return }
        if lanes[index].isDraining {
            lanes[index].isDraining = false
            noteStored(index, at: .earliest)
            noteRoom(index)
            noteReady(index)
        }
        freeIfDone(index)
    }
}
