import HooklineStatistics

/// What the units of one variant, slice and day come to together. Adding and taking back leave no trace, so it depends
/// on the units that are in it and on nothing else.
enum Cell: Equatable, Sendable {
    case moments(JointMoments)
    case binnedMoments(BinnedMoments)
    case distribution(BinCounts)

    init(_ form: MetricPlan.Form) {
        switch form {
        case .moments(let shape): self = .moments(JointMoments(shape))
        case .binnedMoments(let shape): self = .binnedMoments(BinnedMoments(shape))
        case .distribution, .groupedDistribution: self = .distribution(BinCounts())
        }
    }

    mutating func add(_ contribution: Contribution) {
        switch (takeOut(), contribution) {
        case (let cell, .nothing): self = cell
        case (.moments(var moments), .joint(let y, let d, let x)):
            moments.add(y: y, d: d, x: x)
            self = .moments(moments)
        case (.binnedMoments(var moments), .joint(let y, let d, let x)):
            moments.add(y: y, d: d, x: x)
            self = .binnedMoments(moments)
        case (.distribution(var counts), .number(let number)):
            counts.add(number)
            self = .distribution(counts)
        case (.distribution(var counts), .distribution(let more)):
            counts.merge(more)
            self = .distribution(counts)
        default: preconditionFailure("a contribution to another kind of metric")
        }
    }

    mutating func remove(_ contribution: Contribution) {
        switch (takeOut(), contribution) {
        case (let cell, .nothing): self = cell
        case (.moments(var moments), .joint(let y, let d, let x)):
            moments.remove(y: y, d: d, x: x)
            self = .moments(moments)
        case (.binnedMoments(var moments), .joint(let y, let d, let x)):
            moments.remove(y: y, d: d, x: x)
            self = .binnedMoments(moments)
        case (.distribution(var counts), .number(let number)):
            counts.remove(number)
            self = .distribution(counts)
        case (.distribution(var counts), .distribution(let fewer)):
            counts.subtract(fewer)
            self = .distribution(counts)
        default: preconditionFailure("a contribution to another kind of metric")
        }
    }

    mutating func merge(_ other: Cell) {
        switch (takeOut(), other) {
        case (.moments(var moments), .moments(let more)):
            moments.merge(more)
            self = .moments(moments)
        case (.binnedMoments(var moments), .binnedMoments(let more)):
            moments.merge(more)
            self = .binnedMoments(moments)
        case (.distribution(var counts), .distribution(let more)):
            counts.merge(more)
            self = .distribution(counts)
        default: preconditionFailure("a cell of another kind of metric")
        }
    }

    /// What is in it, leaving nothing behind: so its sums are changed in place and not in a copy.
    private mutating func takeOut() -> Cell {
        let cell = self
        self = .distribution(BinCounts())
        return cell
    }

    /// How many units, or values of a distribution.
    var count: Int64 {
        switch self {
        case .moments(let moments): moments.count
        case .binnedMoments(let moments): moments.count
        case .distribution(let counts): counts.total
        }
    }

    var isEmpty: Bool { count == 0 }

    var encoded: [UInt8] {
        switch self {
        case .moments(let moments): moments.encoded
        case .binnedMoments(let moments): moments.encoded
        case .distribution(let counts): counts.encoded
        }
    }

    /// Reads what `encoded` wrote for a metric of this form; nil for other bytes.
    init?(_ form: MetricPlan.Form, encoded: [UInt8]) {
        switch form {
        case .moments:
            guard let moments = JointMoments(encoded: encoded) else { return nil }
            self = .moments(moments)
        case .binnedMoments:
            guard let moments = BinnedMoments(encoded: encoded) else { return nil }
            self = .binnedMoments(moments)
        case .distribution, .groupedDistribution:
            guard let counts = BinCounts(encoded: encoded) else { return nil }
            self = .distribution(counts)
        }
    }
}

/// Where a cell stands.
struct CellKey: Hashable, Comparable {
    /// The number of the metric among those that are folded.
    let metric: Int
    /// The index of the variant.
    let variant: Int
    /// The number of the slice; 0 for all units.
    let slice: Int
    /// The group of the units, of metrics whose units stand in groups; else 0.
    let part: Int

    static func < (left: CellKey, right: CellKey) -> Bool {
        (left.metric, left.variant, left.slice, left.part) < (right.metric, right.variant, right.slice, right.part)
    }
}
