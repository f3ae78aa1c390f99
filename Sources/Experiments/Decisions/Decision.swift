public import HooklinePrimitives

/// What the results of an experiment say is to be done, and why.
public struct Decision: Hashable, Sendable {
    public enum Verdict: String, Codable, CaseIterable, Sendable {
        /// A variant is better than control: give it to everybody.
        case ship
        /// A variant is worse than control, or breaks a guardrail: take it back.
        case rollBack = "roll_back"
        /// It is too early.
        case keepRunning = "keep_running"
        /// A person has to look: nothing worth finding was found, or the numbers are not to be trusted.
        case review
        /// The least effect that is worth finding can neither be shown nor ruled out with so few units.
        case underpowered
    }

    public let verdict: Verdict
    /// The variant that is to be shipped or rolled back.
    public let variant: Identifier?
    /// Sentences with the numbers that count; at least one.
    public let reasons: [String]

    init(_ verdict: Verdict, _ variant: Identifier? = nil, _ reasons: String...) {
        self.init(verdict, variant, reasons)
    }

    init(_ verdict: Verdict, _ variant: Identifier?, _ reasons: [String]) {
        (self.verdict, self.variant, self.reasons) = (verdict, variant, reasons)
    }

    /// The variant that everybody is to see; nil where it tells neither to ship nor to roll back.
    func winner(control: Identifier) -> Identifier? {
        switch verdict {
        case .ship: variant
        case .rollBack: control
        case .keepRunning, .review, .underpowered: nil
        }
    }

    /// Whether it asks for something.
    var isAnnounced: Bool { verdict != .keepRunning }
}
