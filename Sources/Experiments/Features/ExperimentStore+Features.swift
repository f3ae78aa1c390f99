import HooklinePrimitives
import HooklineStorage

extension ExperimentStore {
    func sumOfRevisions(in transaction: any Transaction) throws -> Int64 {
        let row = try transaction.first(
            "SELECT CAST(coalesce(sum(revision), 0) AS BIGINT) AS revisions FROM hookline_experiments"
        )
        return try row?.integer("revisions") ?? 0
    }

    /// The experiments that features name: as those of their rules, as holdouts, or by the key of a rule of their own.
    func experiments(
        namedBy features: [Identifier: JSON],
        in transaction: any Transaction
    ) throws -> [Identifier: Experiment] {
        var ids: Set<Identifier> = []
        for (key, body) in features {
            if let id = body["holdout"]?["experiment"]?.string { ids.insert(Identifier(unchecked: id)) }
            for rule in body["rules"]?.array ?? [] {
                if let id = rule["experiment"]?.string ?? rule["key"]?.string { ids.insert(Identifier(unchecked: id)) }
                if rule["variations"] != nil { ids.insert(key) }
            }
        }
        var found: [Identifier: Experiment] = [:]
        for id in ids { found[id] = try find(id, in: transaction) }
        return found
    }
}
