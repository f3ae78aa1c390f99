public import HooklinePrimitives
import HooklineStorage

/// Event types and tenants.
extension Webhooks {
    public static let maximumEventTypes = 1000
    public static let maximumTypeDescriptionBytes = 1024

    // MARK: Event types

    /// In the order of names.
    public func eventTypes(_ page: PageRequest = PageRequest()) async throws -> Page<EventType> {
        try await database.read { [catalogue] in try catalogue.eventTypes(page, in: $0) }
    }

    /// - Throws: `WebhookError.unknownEventType`.
    public func eventType(_ name: Identifier) async throws -> EventType {
        let found = try await database.read { [catalogue] in try catalogue.eventType(name, in: $0) }
        guard let found else { throw WebhookError.unknownEventType(name, accepted: []) }
        return found
    }

    /// Adds a type, or changes one.
    ///
    /// A new schema is held against the payloads that come from now on; events that were accepted are delivered.
    ///
    /// - Parameters:
    ///   - name: letters, digits, `-` and `_`, in parts that dots separate.
    ///   - description: for people.
    ///   - schema: a JSON Schema (draft 2020-12); nil accepts every payload.
    ///   - isArchived: whether it is no longer offered.
    /// - Returns: the type, and whether it is new.
    /// - Throws: `WebhookError.invalid`, `.tooMany`.
    @discardableResult
    public func saveEventType(
        _ name: Identifier,
        description: String = "",
        schema: RawJSON? = nil,
        isArchived: Bool = false
    ) async throws -> (type: EventType, isNew: Bool) {
        let draft = EventTypeDraft(name: name, description: description, schema: schema, isArchived: isArchived)
        return try await save(draft, replacing: .all)
    }

    /// Adds a type that is not there. Of those who add it at the same time one does.
    ///
    /// - Parameters:
    ///   - name: letters, digits, `-` and `_`, in parts that dots separate.
    ///   - description: for people.
    ///   - schema: a JSON Schema (draft 2020-12); nil accepts every payload.
    ///   - isArchived: whether it is no longer offered.
    ///   - replacesArchived: whether one that is archived counts as not there, and is replaced.
    /// - Throws: `WebhookError.eventTypeExists`, `.invalid`, `.tooMany`.
    @discardableResult
    public func addEventType(
        _ name: Identifier,
        description: String = "",
        schema: RawJSON? = nil,
        isArchived: Bool = false,
        replacesArchived: Bool = false
    ) async throws -> EventType {
        let draft = EventTypeDraft(name: name, description: description, schema: schema, isArchived: isArchived)
        return try await save(draft, replacing: replacesArchived ? .archived : .none).type
    }

    private func save(
        _ draft: EventTypeDraft,
        replacing replaceable: ReplaceableEventTypes
    ) async throws -> (type: EventType, isNew: Bool) {
        try Self.check(draft)
        let now = clock.now()
        let result = try await database.write { [catalogue] transaction in
            let isNew = try catalogue.save(draft, replacing: replaceable, at: now, in: transaction)
            if isNew, try catalogue.eventTypeCount(in: transaction) > Self.maximumEventTypes {
                throw WebhookError.tooMany(what: "event types", maximum: Self.maximumEventTypes)
            }
            guard let type = try catalogue.eventType(draft.name, in: transaction) else {
                throw WebhookError.unknownEventType(draft.name, accepted: [])
            }
            return (type: type, isNew: isNew)
        }
        await announceChange()
        return result
    }

    /// Removes a type that no subscription names.
    ///
    /// - Throws: `WebhookError.unknownEventType`, `.eventTypeInUse`.
    public func deleteEventType(_ name: Identifier) async throws {
        try await database.write { [catalogue, directory] transaction in
            let snapshot = try directory.snapshot(in: transaction)
            guard let type = snapshot.eventTypes[name]?.type else {
                throw WebhookError.unknownEventType(name, accepted: snapshot.eventTypes.keys.sorted())
            }
            guard !type.isBuiltIn else { throw WebhookError.eventTypeInUse(name, by: "Hookline itself") }
            let user = snapshot.subscriptions.values.first { receiver in
                receiver.subscription.definition.eventTypes.exactTypes.contains(name)
            }
            if let user {
                throw WebhookError.eventTypeInUse(name, by: "the subscription '\(user.subscription.id)'")
            }
            try catalogue.deleteEventType(name, in: transaction)
        }
        await announceChange()
    }

    private static func check(_ draft: EventTypeDraft) throws(WebhookError) {
        guard EventTypeName.isValid(draft.name.text) else {
            throw .invalid(field: "name", problem: "is not accepted; accepted are \(EventTypeName.accepted)")
        }
        let length = draft.description.utf8.count
        guard length <= maximumTypeDescriptionBytes else {
            let problem = "is \(length) bytes long; accepted are at most \(maximumTypeDescriptionBytes)"
            throw .invalid(field: "description", problem: problem)
        }
        guard let schema = draft.schema else { return }
        do {
            _ = try JSONSchema(JSON.parse(schema.bytes))
        } catch {
            throw .invalid(field: "schema", problem: "\(error)")
        }
    }

    // MARK: Tenants

    /// In the order of ids.
    public func tenants(_ page: PageRequest = PageRequest()) async throws -> Page<Tenant> {
        try await database.read { [catalogue] in try catalogue.tenants(page, in: $0) }
    }

    /// - Throws: `WebhookError.unknownTenant`.
    public func tenant(_ id: Identifier) async throws -> Tenant {
        try await database.read { [catalogue] in try catalogue.tenant(id, in: $0) }
    }

    /// - Throws: `WebhookError.tenantExists`.
    public func addTenant(
        _ id: Identifier,
        name: String,
        metadata: RawJSON = RawJSON(unchecked: "{}".utf8)
    ) async throws -> Tenant {
        let now = clock.now()
        let tenant = Tenant(id: id, name: name, metadata: metadata, createdAt: now, updatedAt: now)
        try await database.write { [catalogue] in try catalogue.add(tenant, in: $0) }
        return tenant
    }

    /// - Throws: `WebhookError.unknownTenant`.
    public func updateTenant(_ id: Identifier, name: String, metadata: RawJSON) async throws -> Tenant {
        let now = clock.now()
        return try await database.write { [catalogue] transaction in
            let before = try catalogue.tenant(id, in: transaction)
            let tenant = Tenant(id: id, name: name, metadata: metadata, createdAt: before.createdAt, updatedAt: now)
            try catalogue.update(tenant, in: transaction)
            return tenant
        }
    }

    /// Removes a tenant with its subscriptions.
    ///
    /// - Throws: `WebhookError.unknownTenant`.
    public func deleteTenant(_ id: Identifier) async throws {
        let now = clock.now()
        try await database.write { transaction in
            try catalogue.deleteTenant(id, in: transaction)
            let numbers = try subscriptionStore.numbers(ofTenant: id, in: transaction)
            for number in numbers {
                try subscriptionStore.setState(.deleted, reason: nil, of: number, at: now, in: transaction)
                try subscriptionStore.deleteSealed(of: number, in: transaction)
            }
        }
        await announceChange()
    }
}
