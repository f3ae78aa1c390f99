extension JointMoments {
    private static let tag: UInt8 = 3

    /// The moments as canonical bytes: equal moments have equal bytes.
    ///
    /// A tag, the shape and the count as LEB128, then the sums (y, d, x) and the sums of products (yy; dy, dd; xy, xd,
    /// xx), each after its length. For y alone that is one byte more than ``Moments/encoded``.
    public var encoded: [UInt8] {
        var writer = ByteWriter(tag: Self.tag)
        writer.write(UInt128(shape.rawValue))
        writer.write(UInt128(count))
        for sum in sums { writer.write(sum.encoded) }
        for sum in products { writer.write(sum.encoded) }
        return writer.bytes
    }

    /// Reads bytes that ``encoded`` wrote; nil for other bytes, and for sums that no units can have.
    public init?(encoded: [UInt8]) {
        guard var reader = ByteReader(encoded, tag: Self.tag),
            let shape = reader.readNumber().flatMap(UInt8.init(exactly:)).map(Shape.init(rawValue:)),
            Shape.all.isSuperset(of: shape),
            let count = reader.readCount()
        else { return nil }
        let empty = JointMoments(shape)
        let sums = empty.sums.compactMap { _ in reader.readBytes().flatMap(ExactSum.init(encoded:)) }
        let products = empty.products.compactMap { _ in reader.readBytes().flatMap(ExactProductSum.init(encoded:)) }
        guard sums.count == empty.sums.count, products.count == empty.products.count, reader.isAtEnd else { return nil }
        self.init(shape, count: count, sums: sums, products: products)
        guard isSurelyPossible || isPossible else { return nil }
    }

    /// A bound of what rounding does to the sums and products of doubles that follow, in units of their terms.
    private static let relativeError = 0x1p-46

    /// The principal minors as sums of products of entries, which stand at the places `0 | 1 2 | 3 4 5` of the lower
    /// triangle. Those of one variable come first, then those that a second adds, then those that a third does.
    private static let minors: [[[Int]]] = [
        [[0]], [[2]], [[0, 2], [1, 1]], [[5]], [[0, 5], [3, 3]], [[2, 5], [4, 4]],
        [[0, 2, 5], [1, 4, 3], [1, 4, 3], [0, 4, 4], [2, 3, 3], [5, 1, 1]],
    ]

    /// `isPossible` in doubles, a tenth as long: true only where the minors are greater than all that rounding may have
    /// done to them. Whatever over- or underflows is left to the exact arithmetic.
    private var isSurelyPossible: Bool {
        guard count > Int64(sums.count) else { return false }
        let (n, totals, squares) = (Double(count), sums.map(\.value), products.map(\.value))
        // Each entry with a bound of its error.
        var entries: [(value: Double, error: Double)] = []
        for row in sums.indices {
            for column in 0...row {
                let (product, square) = (n * squares[Self.index(row, column)], totals[row] * totals[column])
                entries.append((product - square, (product.magnitude + square.magnitude) * Self.relativeError))
            }
            // 1e190: far below what so many units may have, and far from an overflow.
            guard squares[Self.index(row, row)] < 1e190 else { return false }
        }
        func isPositive(_ terms: [[Int]]) -> Bool {
            var (value, error) = (0.0, 0x1p-900)
            for (number, factors) in terms.enumerated() {
                let (term, bound) = factors.reduce((1.0, 1.0)) { product, factor in
                    let entry = entries[factor]
                    return (product.0 * entry.value, product.1 * (entry.value.magnitude + entry.error))
                }
                // Terms that are taken off come after the first half.
                value += number < (terms.count + 1) / 2 ? term : -term
                error += bound - term.magnitude + bound * Self.relativeError
            }
            return value > error
        }
        return Self.minors.prefix((1 << sums.count) - 1).allSatisfy(isPositive)
    }

    /// Whether so many units of at most 1e100 each can have these sums: what the bytes alone do not show.
    ///
    /// The matrix of the centred products `n sum v w - sum v sum w` is a Gram matrix of vectors whose n entries add up
    /// to 0. So no principal minor is negative, and those of n rows or more are 0; and every such matrix is a Gram
    /// matrix.
    private var isPossible: Bool {
        guard count > 0 else { return sums.allSatisfy(\.isZero) && products.allSatisfy(\.isZero) }
        var greatest = ExactProductSum()
        greatest.add(ExactSum.maximumMagnitude, ExactSum.maximumMagnitude, times: count)
        for position in sums.indices {
            var rest = greatest
            rest.subtract(products[Self.index(position, position)])
            if rest.isNegative { return false }
        }
        let (n, totals) = (WideNumber(count), sums.map { WideNumber($0) })
        let centered = sums.indices.map { row in
            sums.indices.map { n * WideNumber(products[Self.index(row, $0)]) - totals[row] * totals[$0] }
        }
        let subsets = (1..<(1 << sums.count)).map { mask in sums.indices.filter { mask >> $0 & 1 == 1 } }
        return subsets.allSatisfy { rows in
            let minor = Self.minor(rows, of: centered)
            return minor.isZero || (!minor.isNegative && Int64(rows.count) < count)
        }
    }

    /// The determinant of one to three rows of a symmetric matrix, and of the same columns.
    private static func minor(_ rows: [Int], of matrix: [[WideNumber]]) -> WideNumber {
        let entry = { (i: Int, j: Int) in matrix[rows[i]][rows[j]] }
        if rows.count == 1 { return entry(0, 0) }
        let upper = entry(0, 0) * entry(1, 1) - entry(0, 1) * entry(0, 1)
        if rows.count == 2 { return upper }
        let middle = entry(0, 1) * entry(0, 2) - entry(0, 0) * entry(1, 2)
        let lower = entry(0, 1) * entry(1, 2) - entry(1, 1) * entry(0, 2)
        return entry(2, 2) * upper + entry(1, 2) * middle + entry(0, 2) * lower
    }
}
