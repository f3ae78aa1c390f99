/// How many values lie in each bin of the grid of ``LogBin``: a distribution, known up to 1/128 of each value.
///
/// Adding, removing and merging are exact and come in any order; equal contents are equal, also ``encoded``. The counts
/// together stay below 2^63. Values are finite, with a magnitude of at most ``LogBin/maximumMagnitude``.
public struct BinCounts: Sendable, Hashable {
    /// How many values there are.
    public private(set) var total: Int64 = 0

    private var table = SparseBins<Int64>()

    public init() {}

    /// All values of some parts: what merging one after the other comes to, in one pass.
    public init(merging parts: some Collection<BinCounts>) {
        let held = parts.filter { $0.total > 0 }
        guard let lowest = held.compactMap(\.table.bins.first).min(),
            let highest = held.compactMap(\.table.bins.last).max()
        else { return }
        // From the lowest bin to the highest: everyday values span a few thousand.
        var counts = [Int64](repeating: 0, count: Int(highest.index - lowest.index) + 1)
        for part in held {
            for (bin, count) in part.entries { counts[Int(bin.index - lowest.index)] += count }
        }
        table = SparseBins(counts, from: lowest) { $0 != 0 }
        total = held.reduce(0) { $0 + $1.total }
    }

    /// The bins that hold values, and how many, in ascending order.
    public var entries: some Sequence<(bin: LogBin, count: Int64)> {
        zip(table.bins, table.contents).lazy.map { (bin: $0, count: $1) }
    }

    /// How many bins hold values.
    public var binCount: Int { table.bins.count }

    /// How many values lie in a bin.
    public subscript(bin: LogBin) -> Int64 { table[bin] ?? 0 }

    /// Adds a value, `count` times.
    public mutating func add(_ x: Double, times count: Int64 = 1) {
        add(count, in: LogBin(x))
    }

    /// Removes a value that was added before, `count` times.
    public mutating func remove(_ x: Double, times count: Int64 = 1) {
        remove(count, from: LogBin(x))
    }

    /// Adds `count` values of a bin.
    public mutating func add(_ count: Int64, in bin: LogBin) {
        precondition(count >= 0, "a negative number of values")
        guard count > 0 else { return }
        total += count
        table.grow(bin, from: 0) { $0 += count }
    }

    /// Removes `count` values of a bin.
    public mutating func remove(_ count: Int64, from bin: LogBin) {
        precondition(count >= 0, "a negative number of values")
        guard count > 0 else { return }
        table.shrink(bin) { held in
            precondition(held >= count, "removing more values than a bin holds")
            held -= count
            return held == 0
        }
        total -= count
    }

    /// Adds the values of another part.
    public mutating func merge(_ other: BinCounts) {
        for (bin, count) in other.entries { add(count, in: bin) }
    }

    /// Takes the values of a part back.
    public mutating func subtract(_ other: BinCounts) {
        for (bin, count) in other.entries { remove(count, from: bin) }
    }

    /// The p-quantile, p above 0 and below 1; nil where there is no value.
    ///
    /// Of n values it has the rank `p n`, which may be broken, and within the bin of that rank the values count as
    /// spread evenly. So it lies in the same bin as the value of rank `ceil(p n)` (definition 1 of Hyndman and Fan,
    /// "Sample Quantiles in Statistical Packages", The American Statistician 50, 1996), and differs from it by at most
    /// 1/128 of that value; in the zero bin it is 0.
    public func quantile(_ p: Double) -> Double? {
        position(of: p)?.value
    }

    /// Where the p-quantile lies.
    func position(of p: Double) -> BinPosition? {
        precondition(p > 0 && p < 1, "a quantile is above 0 and below 1")
        let rank = p * Double(total)
        var below: Int64 = 0
        for (place, count) in table.contents.enumerated() {
            if rank <= Double(below + count) {
                let fraction = (rank - Double(below)) / Double(count)
                return BinPosition(bin: table.bins[place], fraction: Swift.min(1, Swift.max(0, fraction)))
            }
            below += count
        }
        // Rounded alike, the sum of the counts is not below any rank: there is no value.
        return nil
    }

    /// How many values lie below a position; those of its own bin with its fraction.
    func weight(below position: BinPosition) -> Double {
        let place = table.place(of: position.bin)
        let below = Double(table.contents[..<place].reduce(0, +))
        guard place < table.bins.count, table.bins[place] == position.bin else { return below }
        return below + position.fraction * Double(table.contents[place])
    }
}

extension BinCounts {
    private static let tag: UInt8 = 4

    /// The counts as canonical bytes: equal counts have equal bytes.
    ///
    /// A tag, the number of bins that hold values, and for each its distance to the bin before, minus 1, and its count,
    /// minus 1. All are LEB128; two to three bytes for an everyday bin.
    public var encoded: [UInt8] {
        var writer = ByteWriter(tag: Self.tag)
        table.write(to: &writer) { count, writer in writer.write(UInt128(count - 1)) }
        return writer.bytes
    }

    /// Reads bytes that ``encoded`` wrote; nil for other bytes, and for counts of 2^63 values or more.
    public init?(encoded: [UInt8]) {
        guard var reader = ByteReader(encoded, tag: Self.tag) else { return nil }
        var total: Int64 = 0
        let table = SparseBins<Int64>(from: &reader) { reader, _ in
            guard let others = reader.readCount(), others < Int64.max else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(others + 1)
            total = sum
            return overflow ? nil : others + 1
        }
        guard let table, reader.isAtEnd else { return nil }
        self.table = table
        self.total = total
    }
}
