public import HooklinePrimitives

/// Who asks for a variant.
public struct AllocationRequest: Sendable {
    public var userID: Identifier?
    public var contentID: Identifier?
    /// The texts of named attributes, for experiments whose unit is one.
    public var attributes: [Identifier: Identifier]
    /// Whether the unit is about to see the variant. False only asks, and brings nobody into the results.
    public var expose: Bool

    public init(
        userID: Identifier? = nil,
        contentID: Identifier? = nil,
        attributes: [Identifier: Identifier] = [:],
        expose: Bool = true
    ) {
        self.userID = userID
        self.contentID = contentID
        self.attributes = attributes
        self.expose = expose
    }

    /// The unit that an experiment randomises.
    ///
    /// - Throws: `ExperimentError.invalid` where the request lacks it.
    func unit(of kind: ExperimentUnit) throws(ExperimentError) -> Identifier {
        let (unit, field): (Identifier?, String) =
            switch kind {
            case .user: (userID, "user_id")
            case .content: (contentID, "content_id")
            case .attribute(let name): (attributes[name], "attributes.\(name)")
            case .external: (nil, "unit")
            }
        if kind == .external {
            throw .invalid(field: field, problem: "is external: another system allocates, Hookline only analyses")
        }
        guard let unit else { throw .invalid(field: field, problem: "is missing; the experiment randomises it") }
        return unit
    }
}

/// The variant of a unit, and why.
public struct AllocationAnswer: Sendable, Equatable {
    public enum Reason: String, Sendable {
        /// The unit takes part.
        case allocated
        /// The experiment has not begun.
        case draft
        /// The experiment takes no new units at the moment.
        case paused
        /// The unit's arm was halted.
        case halted
        /// The experiment is over; the variant is the winner, or else control.
        case concluded
        /// The unit's bucket is outside of the coverage.
        case outsideCoverage = "outside_coverage"
    }

    public let experiment: Identifier
    public let version: Int
    public let unit: Identifier
    /// What to show. Control where the unit takes no part, so that it can be shown without looking further.
    public let variant: Identifier
    public let isInExperiment: Bool
    public let reason: Reason
    /// Whether the exposure is in the log: recorded by this call, or by an earlier one.
    public let isExposed: Bool
}
