import HooklineEvents
public import HooklinePrimitives
public import HooklineStorage

extension Experiments {
    /// Stops an arm while the others go on: its units see control from now on, no new one enters it, and it is compared no
    /// longer. An arm stays halted as long as the version lasts; whoever changes the definition, its seed for instance,
    /// begins anew with all arms. Halted already, nothing changes.
    ///
    /// - Parameters:
    ///   - id: The experiment, running or paused.
    ///   - variant: Any but control.
    ///   - reason: For people, 1 to 1,024 bytes.
    /// - Throws: `ExperimentError.invalid`, `unknownVariant`, `wrongState`.
    public func halt(_ id: Identifier, variant: Identifier, reason: String) async throws -> Experiment {
        let now = clock.now()
        let experiment = try await retrying {
            try await database.write { try halt(id, variant: variant, reason: reason, at: now, in: $0) }
        }
        announceChanges()
        return experiment
    }

    /// The same in a transaction of the caller's, in which it is announced too.
    public func halt(
        _ id: Identifier,
        variant: Identifier,
        reason: String,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Experiment {
        let experiment = try store.get(id, in: transaction)
        let definition = experiment.definition
        try ExperimentRules.checkLength(reason, "reason", 1...ExperimentRules.maximumReasonBytes)
        guard definition.variants.contains(variant) else {
            throw ExperimentError.unknownVariant(
                variant,
                accepted: definition.variants.filter { $0 != definition.control }
            )
        }
        guard variant != definition.control else {
            let problem =
                "'\(variant)' is control, which everybody would see instead; pause the experiment, or conclude it"
            throw ExperimentError.invalid(field: "variant", problem: problem)
        }
        guard definition.unit != .external else {
            let problem = "is of external units: who sees what is decided elsewhere"
            throw ExperimentError.invalid(field: "variant", problem: problem)
        }
        guard experiment.state == .running || experiment.state == .paused else {
            throw ExperimentError.wrongState(experiment.state, accepted: [.running, .paused])
        }
        guard experiment.halt(of: variant) == nil else { return experiment }
        let halted = try store.halt(variant, of: experiment, reason: reason, at: now, in: transaction)
        let detail: JSONObject = ["variant": JSON(variant), "reason": .string(reason)]
        try note(.armHalted, halted, detail, at: now, in: transaction)
        try announce(ExperimentEvents.armHalted, halted, detail, at: now, in: transaction)
        return halted
    }

    /// Halts the arms that break a guardrail, where the experiment says so. Answers whether there was one.
    func haltBreaches(
        _ results: ExperimentResults,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Bool {
        let experiment = results.experiment
        guard experiment.definition.haltsOnBreach, [.running, .paused].contains(experiment.state) else { return false }
        let broken = results.breaches
        for breach in broken {
            _ = try halt(
                experiment.id,
                variant: breach.arm.variant,
                reason: breach.sentence,
                at: now,
                in: transaction
            )
        }
        return !broken.isEmpty
    }
}
