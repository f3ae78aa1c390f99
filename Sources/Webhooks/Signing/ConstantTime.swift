/// Comparing what an attacker must not be able to guess byte by byte.
enum ConstantTime {
    /// Takes a time that depends on the lengths only.
    static func areEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(into: 0 as UInt8) { $0 |= $1.0 ^ $1.1 } == 0
    }
}
