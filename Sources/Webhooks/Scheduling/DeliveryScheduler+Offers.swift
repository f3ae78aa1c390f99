import HooklinePrimitives

extension DeliveryScheduler {
    /// Takes a delivery into its lane.
    ///
    /// True where it is known now, or was settled since the feed began, so that nothing is to be done about it. False where
    /// it stays in the store: there is no room, or its turn in the order is later; the lane asks for it again by `refills`.
    /// False too for a subscription without an enabled lane.
    ///
    /// Deliveries of an ordered lane are offered in the order of positions: from the tail every one, and from the store
    /// only what a refill asked for.
    @discardableResult
    mutating func offer(_ delivery: DueDelivery<Payload>, from source: DeliverySource) -> Bool {
        guard table.slot(of: delivery.key) == nil else { return true }
        guard let index = lanes.index(of: delivery.key.subscription), lanes[index].isActive else { return false }
        if openFeeds > 0, settledInFeeds.contains(delivery.key) { return true }
        // A draining lane reads the store when it has drained.
        guard !lanes[index].isDraining else { return false }
        guard lanes[index].ordered == nil else { return offerInOrder(delivery, from: source, to: index) }
        guard hasRoom(index, for: source) else {
            noteStored(index, at: delivery.dueAt)
            return false
        }
        let slot = insert(delivery, into: index)
        lanes[index].unordered.append(slot, from: source)
        noteReady(index)
        return true
    }

    private mutating func offerInOrder(
        _ delivery: DueDelivery<Payload>,
        from source: DeliverySource,
        to index: Int
    ) -> Bool {
        let isReading = lanes[index].refill == .reading
        switch source {
        case .tail:
            if isReading { return keepLate(delivery, index) }
            // Something before it may still be in the store.
            guard lanes[index].storedDue == nil else { return false }
        case .store:
            guard isReading, !lanes[index].isReadRefused else {
                noteStored(index, at: .earliest)
                return false
            }
        }
        if let name = delivery.orderingKey, lanes[index].ordered?.isExcluded(name) == true { return false }
        guard hasRoom(index, for: source) else { return refuseInOrder(index) }
        let slot = insert(delivery, into: index)
        let admission = lanes[index].ordered?.admit(
            slot: slot,
            position: delivery.key.position,
            name: delivery.orderingKey,
            dueAt: delivery.dueAt,
            attempts: delivery.attempts
        )
        switch admission {
        case .accepted(let keyIndex):
            table[slot].keyIndex = keyIndex
            noteReady(index)
            return true
        case .keyIsExcluded:
            forget(slot)
            return false
        case .jammed, nil:
            forget(slot)
            return refuseInOrder(index)
        }
    }

    /// Once one delivery was refused, none behind it may be taken from the same read.
    private mutating func refuseInOrder(_ index: Int) -> Bool {
        if lanes[index].refill == .reading { lanes[index].isReadRefused = true }
        noteStored(index, at: .earliest)
        return false
    }

    /// Keeps a new delivery aside until it is known whether the read under way has brought all that is before it.
    private mutating func keepLate(_ delivery: DueDelivery<Payload>, _ index: Int) -> Bool {
        guard late[index, default: []].count < limits.maximumLatePerLane, !isMemoryFull,
            lanes[index].storedDue == nil
        else {
            noteStored(index, at: .earliest)
            return false
        }
        late[index, default: []].append(delivery)
        bufferedBytes += delivery.bytes
        return true
    }

    /// Offers what was kept aside. The store has it too, so that whatever is refused is read later.
    mutating func takeLate(_ index: Int) {
        for delivery in late.removeValue(forKey: index) ?? [] {
            bufferedBytes -= delivery.bytes
            if lanes[index].storedDue == nil { offer(delivery, from: .tail) }
        }
    }

    private mutating func insert(_ delivery: DueDelivery<Payload>, into index: Int) -> Int {
        bufferedBytes += delivery.bytes
        return table.insert(delivery, lane: index)
    }

    private func hasRoom(_ index: Int, for source: DeliverySource) -> Bool {
        guard settledInFeeds.count < limits.maximumSettledInFeeds else { return false }
        guard !isMemoryFull || lanes[index].queued == 0 else { return false }
        if let ordered = lanes[index].ordered { return ordered.count < limits.maximumOrderedPerLane }
        return switch source {
        case .tail: lanes[index].unordered.fresh.count < limits.maximumFreshPerLane
        case .store: lanes[index].unordered.stored.count < limits.maximumStoredPerLane
        }
    }
}
