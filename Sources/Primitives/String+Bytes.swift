#if canImport(Glibc)
    public import Glibc
#elseif canImport(Darwin)
    public import Darwin
#endif

extension String {
    /// Whether both texts are the same bytes. Swift's `==` holds texts for equal that are canonically equivalent but differ in
    /// every database and client.
    @inlinable
    public func hasSameBytes(as other: String) -> Bool {
        // Most texts that are compared differ in their length, and most of the others are the same few bytes, kept in place.
        guard utf8.count == other.utf8.count else { return false }
        let isIdentical = withUnsafeBytes(of: self) { left in
            withUnsafeBytes(of: other) { right in memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0 }
        }
        return isIdentical || hasSameBytesElsewhere(as: other)
    }

    /// The same for texts of one length that are not kept at the same place.
    @usableFromInline
    func hasSameBytesElsewhere(as other: String) -> Bool {
        let count = utf8.count
        let isSame = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                guard let left = left.baseAddress, let right = right.baseAddress else { return true }
                return memcmp(left, right, count) == 0
            }
        }
        return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
    }
}
