import HooklinePrimitives

/// What became of the experiments of an import.
struct ImportTally: Sendable {
    private(set) var imported = 0
    private(set) var unchanged = 0
    private(set) var refused: [(id: String, problem: String)] = []
    /// Those that are there now: imported and unchanged ones.
    private(set) var present: Set<Identifier> = []
    /// One whose results are waited for; nil where nothing was imported.
    private(set) var lastImported: String?

    /// Takes the answer to one request.
    ///
    /// - Throws: `ClientError.notHookline` where the answer has another form.
    mutating func add(_ answer: JSON, from place: String) throws(ClientError) {
        guard let items = answer["items"]?.array else { throw .notHookline(place: place) }
        for item in items {
            let id = item["id"]?.string ?? "?"
            switch item["status"]?.string {
            case "imported":
                imported += 1
                lastImported = id
                present.insert(Identifier(unchecked: id))
            case "unchanged":
                unchanged += 1
                present.insert(Identifier(unchecked: id))
            case "refused": refused.append((id, item["problem"]?.string ?? "refused"))
            default: throw .notHookline(place: place)
            }
        }
    }

    mutating func add(_ refusals: [ImportPlan.Refusal]) {
        refused += refusals.map { ($0.id, "line \($0.line): \($0.problem)") }
    }
}
