import HooklinePrimitives
import HooklineStorage

/// The SQL of what units were assigned.
struct StickyBucketStore: Sendable {
    /// Of one unit; nil where nothing was kept.
    func find(
        _ attribute: String,
        _ value: String,
        in transaction: any Transaction
    ) throws -> StickyBuckets.Document? {
        let row = try transaction.first(
            """
            SELECT assignments FROM hookline_sticky_buckets WHERE attribute = \(attribute) AND value = \(value)
            """
        )
        return try row.map { row in
            var assignments: [Identifier: String] = [:]
            for member in try JSON.parse(try row.text("assignments")).object ?? [:] {
                assignments[Identifier(unchecked: member.key)] = member.value.string
            }
            return StickyBuckets.Document(attribute: attribute, value: value, assignments: assignments)
        }
    }

    /// Adds to what is kept of units; of an experiment that has something already, the new one is kept. The documents are in the
    /// order of their keys, so that two who write the same ones do not wait for each other.
    ///
    /// - Returns: Whether all were kept: what cannot be stored, alone or with what there is, is left out.
    @discardableResult
    func add(_ documents: [StickyBuckets.Document], in transaction: any Transaction) throws -> Bool {
        var areAllKept = true
        for document in documents {
            guard document.isStorable else {
                areAllKept = false
                continue
            }
            try transaction.execute(
                """
                INSERT INTO hookline_sticky_buckets (attribute, value, assignments)
                VALUES (\(document.attribute), \(document.value), '{}') ON CONFLICT (attribute, value) DO NOTHING
                """
            )
            _ = try transaction.first(
                """
                SELECT assignments FROM hookline_sticky_buckets
                WHERE attribute = \(document.attribute) AND value = \(document.value) \(.forUpdate)
                """
            )
            let merged = document.merged(over: try find(document.attribute, document.value, in: transaction))
            guard merged.isStorable else {
                areAllKept = false
                continue
            }
            let members = merged.assignments.sorted { $0.key < $1.key }.map { ($0.key.text, JSON.string($0.value)) }
            try transaction.execute(
                """
                UPDATE hookline_sticky_buckets SET assignments = \(JSON.object(JSONObject(members)).text)
                WHERE attribute = \(document.attribute) AND value = \(document.value)
                """
            )
        }
        return areAllKept
    }

    /// Forgets a unit, by whatever attribute it is known.
    func remove(_ value: Identifier, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM hookline_sticky_buckets WHERE value = \(value)")
    }
}

extension StickyBuckets.Document {
    /// This one, with what another has beside it.
    func merged(over other: StickyBuckets.Document?) -> StickyBuckets.Document {
        guard let other else { return self }
        var merged = self
        merged.assignments.merge(other.assignments) { own, _ in own }
        return merged
    }

    /// Whether the database takes it.
    var isStorable: Bool {
        (try? Identifier(attribute)) != nil && (try? Identifier(value)) != nil
            && assignments.count <= Self.maximumAssignments
            && assignments.allSatisfy { (try? Identifier($0.key.text)) != nil && (try? Identifier($0.value)) != nil }
    }

    /// Of a unit: experiments that are over are forgotten by nobody but their owner.
    static let maximumAssignments = 1000
}
