/// Which deliveries a sink has seen, and how often.
///
/// What came last is remembered: between one and two times `rememberedIDs` deliveries. One that comes again after it was
/// forgotten is taken for a new one, and `hasForgotten` says that this may be.
struct SinkLedger: Sendable {
    /// One request's place among those of its delivery.
    struct Visit: Sendable, Equatable {
        /// From 1 on.
        let attempt: Int
        /// Whether the delivery was answered by a 2xx before.
        let isDuplicate: Bool
        let answer: SinkAnswer
    }

    private struct Entry {
        var attempts = 0
        var isAccepted = false
    }

    let script: SinkScript
    private(set) var hasForgotten = false
    private let rememberedIDs: Int
    private var recent: [String: Entry] = [:]
    private var older: [String: Entry] = [:]

    static let defaultRememberedIDs = 2_000_000

    init(_ script: SinkScript, rememberedIDs: Int = SinkLedger.defaultRememberedIDs) {
        self.script = script
        self.rememberedIDs = rememberedIDs
    }

    /// Notes a request, and says how to answer it.
    ///
    /// Requests without an id are taken for attempts at one delivery, so that a script works on them too; none of them
    /// is a duplicate. A verification has a new id each time that it is asked for, so it gets the first 2xx of the script,
    /// if there is one.
    mutating func visit(_ id: String?, isVerification: Bool = false) -> Visit {
        let key = id ?? ""
        var entry = recent[key] ?? older[key] ?? Entry()
        entry.attempts += 1
        let success = isVerification ? script.answers.first(where: \.isSuccess) : nil
        let answer = success ?? script.answer(toAttempt: entry.attempts)
        let visit = Visit(attempt: entry.attempts, isDuplicate: entry.isAccepted && id != nil, answer: answer)
        entry.isAccepted = entry.isAccepted || answer.isSuccess
        recent[key] = entry
        if recent.count > rememberedIDs {
            hasForgotten = hasForgotten || !older.isEmpty
            (older, recent) = (recent, [:])
        }
        return visit
    }
}
