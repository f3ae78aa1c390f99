/// A value that is hardly ever there. It takes one word, so that what has one is copied as quickly as if it had none.
indirect enum Rare<Value> {
    case none
    case some(Value)

    var value: Value? {
        if case .some(let value) = self { value } else { nil }
    }

    /// - Parameter empty: What is changed where there is no value yet.
    mutating func change(from empty: @autoclosure () -> Value, _ change: (inout Value) -> Void) {
        var value = self.value ?? empty()
        // So that only one has the value, and its arrays are changed in place.
        self = .none
        change(&value)
        self = .some(value)
    }
}

extension Rare: Sendable where Value: Sendable {}
