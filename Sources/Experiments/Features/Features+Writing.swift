import HooklineEvents
public import HooklinePrimitives
public import HooklineStorage

/// A part that is to be written.
public struct FeatureWrite: Sendable {
    public let kind: FeaturePart.Kind
    public let key: Identifier
    /// Nil deletes it.
    public let body: JSON?
    public let condition: FeatureCondition

    public init(
        _ kind: FeaturePart.Kind,
        _ key: Identifier,
        _ body: JSON?,
        if condition: FeatureCondition = .none
    ) {
        self.kind = kind
        self.key = key
        self.body = body
        self.condition = condition
    }
}

/// What became of a write.
public struct FeatureWritten: Sendable {
    public enum Change: String, Sendable, CaseIterable {
        case created
        case changed
        /// It stood so already.
        case unchanged
        case deleted
    }

    public let kind: FeaturePart.Kind
    public let key: Identifier
    public let change: Change
    /// Nil where it was deleted.
    public let part: FeaturePart?
}

extension Features {
    /// Writes a feature: GrowthBook's definition, with rules that may name an experiment. As it stood already, nothing changes.
    ///
    /// Everything that is published is checked with it, and nothing goes live where anything is wrong.
    ///
    /// - Throws: `FieldError`, naming the place; `FeatureError`.
    @discardableResult
    public func put(
        _ key: Identifier,
        _ definition: JSON,
        if condition: FeatureCondition = .none
    ) async throws -> FeatureWritten {
        try await write(FeatureWrite(.feature, key, definition, if: condition))
    }

    /// Writes a list of values under a name, for `$inGroup`.
    ///
    /// - Throws: `FieldError`, naming the place; `FeatureError`.
    @discardableResult
    public func putSavedGroup(
        _ key: Identifier,
        _ values: [JSON],
        if condition: FeatureCondition = .none
    ) async throws -> FeatureWritten {
        try await write(FeatureWrite(.savedGroup, key, .array(values), if: condition))
    }

    /// Deletes a feature or a saved group. Its versions stay.
    ///
    /// - Throws: `FeatureError.unknown`, and `inUse` where something depends on it.
    @discardableResult
    public func delete(
        _ key: Identifier,
        _ kind: FeaturePart.Kind = .feature,
        if condition: FeatureCondition = .none
    ) async throws -> FeatureWritten {
        try await write(FeatureWrite(kind, key, nil, if: condition))
    }

    private func write(_ write: FeatureWrite) async throws -> FeatureWritten {
        do {
            return try await self.write([write])[0]
        } catch let error as FieldError {
            // Of what was sent itself, the place is told within it.
            let prefix = Self.place(of: write)
            let rest = error.field.dropFirst(prefix.count)
            guard error.field.hasPrefix(prefix), rest.isEmpty || rest.first == "." || rest.first == "[" else {
                guard write.body == nil else { throw error }
                throw FeatureError.inUse(write.kind, write.key, problem: error.description)
            }
            throw FieldError(field: String(rest.first == "." ? rest.dropFirst() : rest), problem: error.problem)
        }
    }

    /// Where a part is in a payload, as errors name it.
    private static func place(of write: FeatureWrite) -> String {
        let member = JSONFields([write.key.text: .null], path: write.kind.payloadMember)
        return member.all[0].field.path
    }

    /// Writes parts that depend on each other, all or none.
    ///
    /// - Throws: `FieldError`, naming the place in a payload of everything; `FeatureError`.
    public func write(_ writes: [FeatureWrite]) async throws -> [FeatureWritten] {
        for write in writes { try Self.check(write) }
        let now = clock.now()
        let written = try await database.write { try self.write(writes, at: now, in: $0) }
        guard written.contains(where: { $0.change != .unchanged }) else { return written }
        await announce()
        return written
    }

    /// The same in the caller's transaction. Call `announce()` when it is committed.
    public func write(
        _ writes: [FeatureWrite],
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> [FeatureWritten] {
        try store.lock(in: transaction)
        var parts = Dictionary(grouping: try store.all(in: transaction), by: \.kind).mapValues { parts in
            Dictionary(uniqueKeysWithValues: parts.map { ($0.key, $0.body) })
        }
        var outcomes: [FeatureWritten.Change] = []
        for write in writes {
            let before = parts[write.kind]?[write.key]
            if before == nil, write.body == nil { throw FeatureError.unknown(write.kind, write.key) }
            try check(write.condition, write.kind, write.key, in: transaction)
            parts[write.kind, default: [:]][write.key] = write.body
            outcomes.append(Self.change(from: before, to: write.body))
        }
        guard outcomes.contains(where: { $0 != .unchanged }) else {
            return try self.written(writes, outcomes, in: transaction)
        }
        let features = Set(writes.filter { $0.kind == .feature }.map(\.key))
        try checkAll(parts, written: features, in: transaction)
        for (write, outcome) in zip(writes, outcomes) where outcome != .unchanged {
            try store.write(write.body, write.kind, write.key, by: actor, at: now, in: transaction)
        }
        let written = try written(writes, outcomes, in: transaction)
        for one in written where one.change != .unchanged { try tell(one, at: now, in: transaction) }
        return written
    }

    private static func change(from before: JSON?, to after: JSON?) -> FeatureWritten.Change {
        switch (before, after) {
        case (nil, .some): .created
        case (.some, nil): .deleted
        // The order of members may mean something to who reads it: what is the same is so byte by byte.
        case (.some(let before), .some(let after)): before.text.hasSameBytes(as: after.text) ? .unchanged : .changed
        case (nil, nil): .unchanged
        }
    }

    private func written(
        _ writes: [FeatureWrite],
        _ outcomes: [FeatureWritten.Change],
        in transaction: any Transaction
    ) throws -> [FeatureWritten] {
        try zip(writes, outcomes).map { write, outcome in
            let part = outcome == .deleted ? nil : try store.get(write.kind, write.key, in: transaction)
            return FeatureWritten(kind: write.kind, key: write.key, change: outcome, part: part)
        }
    }

    // MARK: Rules

    private static func check(_ write: FeatureWrite) throws {
        guard let body = write.body else { return }
        let name = JSONField(JSON(write.key), path: "key")
        _ = try name.identifier(maximumBytes: maximumKeyBytes)
        guard !write.key.text.hasPrefix("$") else { throw name.error("begins with '$', as Hookline's own do") }
        guard body.encoded().count <= maximumDefinitionBytes else {
            throw JSONField(body, path: place(of: write)).error("is longer than \(maximumDefinitionBytes) bytes")
        }
        let field = JSONField(body, path: place(of: write))
        switch write.kind {
        case .feature:
            let fields = try field.object()
            try fields.allowOnly("defaultValue", "rules", "description", "holdout", "metadata")
            _ = try fields.required("defaultValue")
            _ = try fields.optional("description")?.string(maximumBytes: ExperimentRules.maximumDescriptionBytes)
            _ = try fields.optional("metadata")?.object()
        case .savedGroup:
            for value in try field.elements(maximumCount: FeatureCheck.maximumGroupValues) {
                guard [.string, .number, .bool].contains(value.value.kind) else {
                    throw value.error("is neither a text, a number nor a flag")
                }
            }
        }
    }

    private func checkAll(
        _ parts: [FeaturePart.Kind: [Identifier: JSON]],
        written: Set<Identifier>,
        in transaction: any Transaction
    ) throws {
        var payload = JSONObject()
        for kind in FeaturePart.Kind.allCases {
            let all = (parts[kind] ?? [:]).sorted { $0.key < $1.key }
            let maximum = kind == .feature ? Self.maximumFeatures : Self.maximumSavedGroups
            guard all.count <= maximum else { throw FeatureError.tooMany(kind, maximum: maximum) }
            payload[kind.payloadMember] = .object(JSONObject(all.map { ($0.key.text, $0.value) }))
        }
        let known = try experiments.experiments(namedBy: parts[.feature] ?? [:], in: transaction)
            .filter { $0.value.definition.unit != .external }
            .mapValues(\.definition.variants)
        try FeatureCheck.check(.object(payload), experiments: known, written: written)
    }

    private func check(
        _ condition: FeatureCondition,
        _ kind: FeaturePart.Kind,
        _ key: Identifier,
        in transaction: any Transaction
    ) throws {
        guard condition != .none else { return }
        let current = try store.find(kind, key, in: transaction)?.version
        let holds =
            switch condition {
            case .none: true
            case .version(let version): current == version
            case .isNew: current == nil
            }
        guard holds else { throw FeatureError.otherVersion(kind, key, current: current) }
    }

    /// Tells of a change, in the transaction that makes it.
    private func tell(_ written: FeatureWritten, at now: Timestamp, in transaction: any Transaction) throws {
        guard written.kind == .feature else { return }
        let event = DomainEvent(
            type: written.change == .deleted ? FeatureEvents.deleted : FeatureEvents.changed,
            payload: FeatureEvents.payload(written, by: actor),
            orderingKey: written.key,
            occurredAt: now
        )
        try outbox.enqueue(event, in: transaction)
    }

    /// Wakes who follows features, after a commit of the caller's own.
    public func announce() async {
        outbox.announce()
        await published.hasChanged()
    }
}
