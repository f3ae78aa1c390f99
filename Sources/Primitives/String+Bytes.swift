#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension String {
    /// Whether both texts are the same bytes. Swift's `==` holds texts for equal that are canonically equivalent but differ in
    /// every database and client.
    public func hasSameBytes(as other: String) -> Bool {
        // Most texts that are the same are represented alike: a short one is in the value itself.
        let isIdentical = withUnsafeBytes(of: self) { left in
            withUnsafeBytes(of: other) { right in memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0 }
        }
        if isIdentical { return true }
        // Most others differ in their length already.
        let count = utf8.count
        guard count == other.utf8.count else { return false }
        let isSame = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                guard let left = left.baseAddress, let right = right.baseAddress else { return true }
                return memcmp(left, right, count) == 0
            }
        }
        return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
    }
}
