import HooklineEvents
import HooklinePrimitives
import HooklineStorage

/// Where the earlier events of units are found.
extension ExperimentFoldStore {
    /// Notes in which events an attribute has which value, for the attributes that units of these versions are.
    func indexAttributes(of events: [LoggedEvent], for versions: [MeasuredVersion]) throws {
        var attributes: Set<Identifier> = []
        for version in versions {
            if case .attribute(let name) = version.plan.unit { attributes.insert(name) }
        }
        guard !attributes.isEmpty else { return }
        let names = attributes.sorted().map(\.text)
        var rows: [[Value]] = []
        for event in events where event.properties != nil {
            for (name, value) in zip(names, EventProperties(event.properties).texts(names)) {
                guard let value, let identifier = try? Identifier(value) else { continue }
                rows.append([.text(name), .text(identifier.text), .integer(event.position)])
            }
        }
        try transaction.insert(
            BulkInsert(
                into: "hookline_experiment_attributes",
                columns: [.init("attribute", .text), .init("value", .text), .init("position", .integer)],
                conflict: .ignore(key: ["attribute", "value", "position"]),
                rows: rows
            )
        )
    }

    /// The events that some measures may count for units, by unit: since the units' exposures or the look-back before
    /// them, up to a position.
    func history(
        of exposures: [Identifier: Timestamp],
        for measured: MeasuredVersion,
        _ measures: ArraySlice<Measure>,
        upTo position: Int64
    ) throws -> [Identifier: [LoggedEvent]] {
        guard let earliest = exposures.values.min(), !measures.isEmpty else { return [:] }
        let events = EventHistory(
            types: Set(measures.flatMap(\.selections).map(\.event)).sorted(),
            since: earliest.advanced(byMilliseconds: measures.map { min(0, $0.from) }.min() ?? 0),
            positions: positions(thatMayCountFor: measured, upTo: position)
        )
        var history: [Identifier: [LoggedEvent]] = [:]
        for event in try find(events, of: exposures.keys.sorted(), for: measured) {
            guard let unit = measured.plan.unit(of: event) else { continue }
            history[unit, default: []].append(event)
        }
        return history
    }

    /// All that the log holds of units up to a position: their exposures, and the events that may count.
    func histories(
        of units: some Collection<Identifier>,
        in measured: MeasuredVersion,
        upTo position: Int64
    ) throws -> [Identifier: UnitHistory] {
        let events = EventHistory(
            types: (measured.plan.measuresByType.keys + [ExperimentEvents.exposure]).sorted(),
            since: Timestamp(milliseconds: 0),
            positions: positions(thatMayCountFor: measured, upTo: position)
        )
        var histories: [Identifier: UnitHistory] = [:]
        for event in try find(events, of: units.sorted(), for: measured) {
            guard let unit = measured.plan.unit(of: event) else { continue }
            if event.type == ExperimentEvents.exposure {
                guard let claim = ExposureClaim(event),
                    let shown = UnitHistory.outcome(of: claim, event, in: measured).shown
                else { continue }
                histories[unit, default: UnitHistory()].addExposure(event, shown: shown)
            } else {
                histories[unit, default: UnitHistory()].add(event)
            }
        }
        return histories
    }

    /// What came before the version's start may count as the past of a unit.
    private func positions(thatMayCountFor measured: MeasuredVersion, upTo position: Int64) -> Range<Int64> {
        let first = measured.plan.lookBackMilliseconds > 0 ? 0 : measured.positions.lowerBound
        return first..<max(first, position)
    }

    private func find(
        _ events: EventHistory,
        of units: [Identifier],
        for measured: MeasuredVersion
    ) throws -> [LoggedEvent] {
        switch measured.plan.unit {
        case .user: try events.of(users: units, in: transaction)
        case .content: try events.of(contents: units, in: transaction)
        case .attribute(let name): try events.at(positions(of: units, attribute: name, events), in: transaction)
        case .external: []
        }
    }

    /// Forgets in which events attributes had which values.
    func removeAttributes(at positions: [Int64]) throws {
        for start in stride(from: 0, to: positions.count, by: EventHistory.keysPerQuery) {
            let some = Array(positions[start..<min(start + EventHistory.keysPerQuery, positions.count)])
            try transaction.execute("DELETE FROM hookline_experiment_attributes WHERE position \(in: some)")
        }
    }

    /// The same for all events up to a position.
    func removeAttributes(through position: Int64) throws {
        try transaction.execute("DELETE FROM hookline_experiment_attributes WHERE position <= \(position)")
    }

    private func positions(
        of values: [Identifier],
        attribute: Identifier,
        _ events: EventHistory
    ) throws -> [Int64] {
        var positions: [Int64] = []
        for start in stride(from: 0, to: values.count, by: EventHistory.keysPerQuery) {
            let some = Array(values[start..<min(start + EventHistory.keysPerQuery, values.count)])
            positions += try transaction.rows(
                """
                SELECT position FROM hookline_experiment_attributes
                WHERE attribute = \(attribute) AND value \(in: some)
                AND position > \(events.positions.lowerBound) AND position <= \(events.positions.upperBound)
                """
            ).map { try $0.integer("position") }
        }
        return positions
    }
}
