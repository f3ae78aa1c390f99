/// The moments of units by bins of their value y, so that y can be capped at a percentile that is known only later.
///
/// A cap at an edge of the bins is exact: the units of the bins below count as they are, and each of the others counts
/// with the edge in place of y. Adding, removing and merging come in any order; equal contents are equal, also
/// ``encoded``. y is finite, with a magnitude of at most ``LogBin/maximumMagnitude``.
public struct BinnedMoments: Sendable, Hashable {
    /// The variables of a unit beside y.
    public let shape: JointMoments.Shape
    private var table = SparseBins<JointMoments>()

    public init(_ shape: JointMoments.Shape = []) {
        self.shape = shape
    }

    /// How many units there are.
    public var count: Int64 { table.contents.reduce(0) { $0 + $1.count } }

    /// Adds a unit, which has exactly the variables of the shape.
    public mutating func add(y: Double, d: Double? = nil, x: Double? = nil) {
        table.grow(LogBin(y), from: JointMoments(shape)) { $0.add(y: y, d: d, x: x) }
    }

    /// Removes a unit that was added before.
    public mutating func remove(y: Double, d: Double? = nil, x: Double? = nil) {
        table.shrink(LogBin(y)) { moments in
            moments.remove(y: y, d: d, x: x)
            return Self.isEmpty(moments)
        }
    }

    /// Adds the units of another part, of the same shape.
    public mutating func merge(_ other: BinnedMoments) {
        for (bin, moments) in zip(other.table.bins, other.table.contents) {
            table.grow(bin, from: JointMoments(shape)) { $0.merge(moments) }
        }
    }

    /// Takes the units of a part back.
    public mutating func subtract(_ other: BinnedMoments) {
        for (bin, moments) in zip(other.table.bins, other.table.contents) {
            table.shrink(bin) { held in
                precondition(held.count >= moments.count, "removing more units than a bin holds")
                held.subtract(moments)
                return Self.isEmpty(held)
            }
        }
    }

    private static func isEmpty(_ moments: JointMoments) -> Bool {
        guard moments.count == 0 else { return false }
        precondition(moments == JointMoments(moments.shape), "removing a unit that was not added")
        return true
    }

    /// How many units lie in each bin of y.
    public var counts: BinCounts {
        var counts = BinCounts()
        for (bin, moments) in zip(table.bins, table.contents) { counts.add(moments.count, in: bin) }
        return counts
    }

    /// The moments of all units, without a cap.
    public var uncapped: JointMoments {
        var total = JointMoments(shape)
        for moments in table.contents { total.merge(moments) }
        return total
    }
}

extension BinnedMoments {
    /// Where to cap y so that about a share p of the units stays as it is: winsorisation from above (J. W. Tukey, "The
    /// Future of Data Analysis", The Annals of Mathematical Statistics 33, 1962).
    ///
    /// One cap for all arms, from the pooled units: caps of their own would shrink the arms by different amounts. It is
    /// the upper edge of the bin that holds the unit of rank `p n`, hence above the p-quantile by less than 1/128 of it.
    /// - Parameters:
    ///   - p: Above 0 and below 1.
    ///   - arms: The units of each arm.
    ///   - ignoringZeros: Whether the percentile is that of the units outside of the zero bin. Where most units have 0,
    ///     that of all units may be 0, and a cap near 0 leaves nothing of the values: the upper edge of the zero bin,
    ///     ``LogBin/smallestMagnitude``.
    /// - Returns: The cap; nil where there are no units to take the percentile of.
    public static func cap(at p: Double, over arms: [BinnedMoments], ignoringZeros: Bool) -> Double? {
        var pooled = BinCounts()
        for arm in arms { pooled.merge(arm.counts) }
        if ignoringZeros { pooled.remove(pooled[.zero], from: .zero) }
        return pooled.position(of: p)?.bin.upperEdge
    }

    /// The moments of the units with `min(y, cap)` in place of y, equal to a recount bit for bit.
    /// - Parameter cap: An edge of a bin, such as ``cap(at:over:ignoringZeros:)`` gives. It may be negative.
    public func capped(at cap: Double) -> JointMoments {
        let bin = LogBin(cap)
        precondition(cap == bin.lowerEdge || cap == bin.upperEdge, "a cap must be an edge of a bin")
        var total = JointMoments(shape)
        for (place, moments) in zip(table.bins, table.contents) {
            // In the cap's own bin every y is on the same side of it, or equal to it.
            let isBelow = place < bin || (place == bin && cap == bin.upperEdge)
            total.merge(isBelow ? moments : moments.replacingY(withConstant: cap))
        }
        return total
    }
}

extension BinnedMoments {
    private static var tag: UInt8 { 5 }

    /// The moments as canonical bytes: equal moments have equal bytes.
    ///
    /// A tag, the shape, the number of bins that hold units, and for each its distance to the bin before, minus 1, and its moments
    /// after their length.
    public var encoded: [UInt8] {
        var writer = ByteWriter(tag: Self.tag)
        writer.write(UInt128(shape.rawValue))
        table.write(to: &writer) { moments, writer in writer.write(moments.encoded) }
        return writer.bytes
    }

    /// Reads bytes that ``encoded`` wrote; nil for other bytes, for moments that no units of their bin can have, and for
    /// 2^63 units or more.
    public init?(encoded: [UInt8]) {
        guard var reader = ByteReader(encoded, tag: Self.tag),
            let shape = reader.readCount().flatMap({ JointMoments.Shape(exactly: $0) })
        else { return nil }
        var total: Int64 = 0
        let table = SparseBins<JointMoments>(from: &reader) { reader, bin in
            guard let moments = reader.readBytes().flatMap(JointMoments.init(encoded:)), moments.count > 0,
                moments.shape == shape, moments.isPossible(in: bin)
            else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(moments.count)
            total = sum
            return overflow ? nil : moments
        }
        guard let table, reader.isAtEnd else { return nil }
        self.shape = shape
        self.table = table
    }
}

extension JointMoments {
    /// Whether y of all units can lie in a bin: what decoding has to check.
    ///
    /// For y from l to u, `(y - l) (u - y)` is never negative, and so neither is its sum,
    /// `(l + u) sum y - sum y^2 - n l u` (Bhatia and Davis, "A Better Bound on the Variance", The American Mathematical
    /// Monthly 107, 2000). It bounds the mean too.
    fileprivate func isPossible(in bin: LogBin) -> Bool {
        guard let sum = sum(of: .value), let squares = sumOfProducts(of: .value, and: .value) else { return false }
        let (lower, upper) = (bin.lowerEdge, bin.upperEdge)
        var edges = ExactSum()
        edges.add(lower)
        edges.add(upper)
        var products = ExactProductSum()
        products.add(lower, upper, times: count)
        products.add(squares)
        return !(WideNumber(edges) * WideNumber(sum) - WideNumber(products)).isNegative
    }
}

extension JointMoments.Shape {
    /// Nil for bits that have no meaning.
    fileprivate init?(exactly bits: Int64) {
        guard (0...Int64(Self.all.rawValue)).contains(bits) else { return nil }
        self.init(rawValue: UInt8(bits))
    }
}
