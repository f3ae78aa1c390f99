/// A table of golden values as rows of numbers.
struct GoldenTable {
    let rows: [[Double]]

    init(_ text: String) {
        rows = text.split(separator: "\n").map { $0.split(separator: " ").map { Double($0)! } }
    }
}

/// `|value / expected - 1|`; for an expected 0, the value's magnitude.
func relativeError(_ value: Double, _ expected: Double) -> Double {
    if value == expected { return 0 }
    return expected == 0 ? value.magnitude : ((value - expected) / expected).magnitude
}
