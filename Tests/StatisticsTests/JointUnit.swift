import HooklineStatistics

/// A unit of tests, of any shape.
struct JointUnit {
    var y: Double
    var d: Double?
    var x: Double?

    static let shapes: [JointMoments.Shape] = [[], .denominator, .covariate, .all]

    init(y: Double, d: Double? = nil, x: Double? = nil) {
        (self.y, self.d, self.x) = (y, d, x)
    }

    /// Any doubles up to 1e100.
    init(_ shape: JointMoments.Shape, random: inout SeededGenerator) {
        y = random.wideDouble()
        d = shape.contains(.denominator) ? random.wideDouble() : nil
        x = shape.contains(.covariate) ? random.wideDouble() : nil
    }

    /// Units of a golden table: two (y, x) or three (y, d, x) variables each.
    static func units(_ values: ArraySlice<Double>, variables: Int) -> [JointUnit] {
        stride(from: values.startIndex, to: values.endIndex, by: variables).map { start in
            let denominator = variables == 3 ? values[start + 1] : nil
            return JointUnit(y: values[start], d: denominator, x: values[start + variables - 1])
        }
    }
}

extension JointMoments {
    init(_ shape: Shape = [], units: some Sequence<JointUnit>) {
        self.init(shape)
        for unit in units { add(unit) }
    }

    mutating func add(_ unit: JointUnit) {
        add(y: unit.y, d: unit.d, x: unit.x)
    }

    mutating func remove(_ unit: JointUnit) {
        remove(y: unit.y, d: unit.d, x: unit.x)
    }
}
