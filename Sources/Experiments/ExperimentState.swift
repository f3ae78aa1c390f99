/// Where an experiment stands.
public enum ExperimentState: String, Codable, CaseIterable, Sendable {
    /// Defined; nothing is allocated or measured.
    case draft
    /// Units are allocated and measured.
    case running
    /// No new unit enters; those that did are measured on.
    case paused
    /// The results are final.
    case concluded
}

/// What somebody asks of an experiment.
public enum ExperimentCommand: String, Sendable {
    case start
    case pause
    case conclude
}

extension ExperimentState {
    /// What a command does.
    enum Transition: Equatable {
        /// It is so already.
        case none
        /// Measuring begins: the log's positions from now on belong to the version.
        case begin
        /// New units enter again.
        case resume
        /// New units no longer enter.
        case suspend
        /// The log's positions from now on no longer belong to the version.
        case end
        /// The state does not allow it; says which states do.
        case refused(accepted: [ExperimentState])
    }

    func transition(on command: ExperimentCommand) -> Transition {
        switch (command, self) {
        case (.start, .draft): .begin
        case (.start, .paused): .resume
        case (.start, .running), (.pause, .paused), (.conclude, .concluded): .none
        case (.start, .concluded): .refused(accepted: [.draft, .paused, .running])
        case (.pause, .running): .suspend
        case (.pause, .draft), (.pause, .concluded): .refused(accepted: [.running, .paused])
        case (.conclude, .running), (.conclude, .paused): .end
        case (.conclude, .draft): .refused(accepted: [.running, .paused])
        }
    }
}
