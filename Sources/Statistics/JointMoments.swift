/// The exact joint moments of independent units with up to three variables: a value y, a denominator d, a covariate x.
///
/// They are what three analyses need: y alone is a mean as in ``Moments``; with d the ratio of totals `sum y / sum d`,
/// such as clicks per view; with x, which was measured before the experiment, the mean or ratio that a
/// ``CovariateAdjustment`` makes more precise. Held are the number of units n, the sum of each variable and the sum of
/// the product of each pair, squares included.
///
/// Adding, removing and merging take constant time, in any order; the result is that of the units which remain, bit for
/// bit. Every variable is finite, with a magnitude of at most ``ExactSum/maximumMagnitude``.
public struct JointMoments: Sendable, Hashable {
    /// Which variables a unit has beside y.
    public struct Shape: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// d: the estimate is `sum y / sum d`.
        public static let denominator = Shape(rawValue: 1)
        /// x: the estimate can be adjusted.
        public static let covariate = Shape(rawValue: 2)
        /// All three variables.
        public static let all: Shape = [.denominator, .covariate]
    }

    /// A variable of a unit.
    public enum Variable: Sendable, Hashable, CaseIterable {
        /// y
        case value
        /// d
        case denominator
        /// x
        case covariate
    }

    public let shape: Shape
    /// How many units there are.
    public private(set) var count: Int64 = 0

    /// Of y, then d, then x, of which the shape has them.
    private(set) var sums: [ExactSum]
    /// Row after row of the lower triangle: yy; dy, dd; xy, xd, xx.
    private(set) var products: [ExactProductSum]

    /// - Parameter shape: which variables there are beside y; undefined bits are a programmer error.
    public init(_ shape: Shape = []) {
        precondition(Shape.all.isSuperset(of: shape), "a shape with unknown variables")
        self.shape = shape
        let variables = 1 + shape.rawValue.nonzeroBitCount
        sums = Array(repeating: ExactSum(), count: variables)
        products = Array(repeating: ExactProductSum(), count: variables * (variables + 1) / 2)
    }

    /// Takes sums as they are, as many as the shape asks for.
    init(_ shape: Shape, count: Int64, sums: [ExactSum], products: [ExactProductSum]) {
        self.shape = shape
        self.count = count
        self.sums = sums
        self.products = products
    }

    public var isEmpty: Bool { count == 0 }

    /// Adds a unit, which has exactly the variables of the shape.
    public mutating func add(y: Double, d: Double? = nil, x: Double? = nil) {
        accumulate(y, d, x, times: 1)
    }

    /// Adds `count` equal units, in constant time.
    public mutating func add(y: Double, d: Double? = nil, x: Double? = nil, times count: Int64) {
        precondition(count >= 0, "a negative number of units")
        accumulate(y, d, x, times: count)
    }

    /// Removes a unit that was added before.
    public mutating func remove(y: Double, d: Double? = nil, x: Double? = nil) {
        precondition(count > 0, "removing a unit from empty moments")
        accumulate(y, d, x, times: -1)
    }

    /// Adds the units of another part, of the same shape.
    public mutating func merge(_ other: JointMoments) {
        precondition(shape == other.shape, "moments of different shapes")
        for index in sums.indices { sums[index].add(other.sums[index]) }
        for index in products.indices { products[index].add(other.products[index]) }
        count += other.count
    }

    /// Takes back a part, of the same shape, whose units were all added before.
    public mutating func subtract(_ other: JointMoments) {
        precondition(shape == other.shape, "moments of different shapes")
        precondition(count >= other.count, "taking back more units than there are")
        for index in sums.indices { sums[index].subtract(other.sums[index]) }
        for index in products.indices { products[index].subtract(other.products[index]) }
        count -= other.count
    }

    /// The moments as they would be if every unit had the same y, exactly: n, `n c`, `n c^2`, `c sum d` and `c sum x`.
    ///
    /// So values are capped without a pass over the units: subtract those above the cap, and merge their replacement.
    /// - Parameter c: finite, with a magnitude of at most ``ExactSum/maximumMagnitude``.
    public func replacingY(withConstant c: Double) -> JointMoments {
        var replaced = self
        replaced.sums[0] = ExactSum()
        replaced.sums[0].add(c, times: count)
        replaced.products[0] = ExactProductSum()
        replaced.products[0].add(c, c, times: count)
        let constant = WideNumber(finite: c)
        for position in sums.indices.dropFirst() {
            replaced.products[Self.row(position)] = ExactProductSum(constant * WideNumber(sums[position]))
        }
        return replaced
    }

    /// Whether units have a variable.
    public func has(_ variable: Variable) -> Bool {
        position(of: variable) != nil
    }

    /// The exact sum of a variable; nil where units do not have it.
    public func sum(of variable: Variable) -> ExactSum? {
        position(of: variable).map { sums[$0] }
    }

    /// The exact sum of the products of two variables, or of the squares of one; nil where units do not have both.
    public func sumOfProducts(of first: Variable, and second: Variable) -> ExactProductSum? {
        guard let first = position(of: first), let second = position(of: second) else { return nil }
        return products[Self.index(first, second)]
    }

    private mutating func accumulate(_ y: Double, _ d: Double?, _ x: Double?, times count: Int64) {
        precondition((d != nil) == shape.contains(.denominator), "a unit has a denominator where the shape has")
        precondition((x != nil) == shape.contains(.covariate), "a unit has a covariate where the shape has")
        sums[0].add(y, times: count)
        products[0].add(y, y, times: count)
        if let d {
            sums[1].add(d, times: count)
            products[1].add(d, y, times: count)
            products[2].add(d, d, times: count)
        }
        if let x {
            let position = sums.count - 1
            let row = Self.row(position)
            sums[position].add(x, times: count)
            products[row].add(x, y, times: count)
            if let d { products[row + 1].add(x, d, times: count) }
            products[row + position].add(x, x, times: count)
        }
        self.count += count
    }

    /// Where the products of the variable at a position begin.
    private static func row(_ position: Int) -> Int {
        position * (position + 1) / 2
    }

    /// Where the products of the variables at two positions are.
    static func index(_ first: Int, _ second: Int) -> Int {
        row(Swift.max(first, second)) + Swift.min(first, second)
    }

    private func position(of variable: Variable) -> Int? {
        switch variable {
        case .value: 0
        case .denominator: shape.contains(.denominator) ? 1 : nil
        case .covariate: shape.contains(.covariate) ? sums.count - 1 : nil
        }
    }
}

extension JointMoments: ExactArm {
    /// The ratio of totals where there is a denominator, else the mean of y; the covariate changes nothing here.
    ///
    /// The ratio is `R = Y / D` of the totals of y and d, with its variance by the delta method (Deng, Knoblich and Lu,
    /// "Applying the Delta Method in Metric Analytics", KDD 2018): `n (D^2 sum y^2 - 2 Y D sum y d + Y^2 sum d^2) /
    /// ((n - 1) D^4)`, each rounded once. Where d is the size of a cluster and y its sum, it is that of
    /// ``ClusteredMoments``, bit for bit. The delta method assumes that D is many times its own standard error; a total of
    /// 0 or less has no ratio, and the summary says so. The standard deviation is that of the linearised units
    /// `(y - R d) / (D / n)`.
    public var summary: ArmSummary { summary(LinearizedArm(self)) }

    /// - Parameter arm: of these moments; nil where they have no ratio.
    func summary(_ arm: LinearizedArm?) -> ArmSummary {
        guard count > 0 else { return ArmSummary(n: 0) }
        guard let arm else {
            return ArmSummary(n: count, hasOnlyZeros: hasOnlyZeros, gap: .denominatorNotPositive)
        }
        return ArmSummary(
            n: count,
            mean: arm.estimate,
            varianceOfMean: arm.varianceOfEstimate,
            hasOnlyZeros: hasOnlyZeros
        )
    }

    var hasOnlyZeros: Bool { products[0].isZero }
}
