import HooklineStatistics

/// What one user has been observed with: how many numbers, and their exact sum.
struct ObservedValue: Equatable {
    private(set) var count: Int64
    private(set) var total: ExactSum

    init(count: Int64 = 0, total: ExactSum = ExactSum()) {
        self.count = count
        self.total = total
    }

    mutating func remove(_ number: Double) {
        count -= 1
        total.subtract(number)
    }

    mutating func add(_ number: Double) {
        count += 1
        total.add(number)
    }
}
