/// Elements that are lent by their array: to count one more who refers to an object, and one less, takes longer than most of what it
/// is asked.
extension Array where Element: AnyObject {
    @inline(__always)
    func lend<Result>(_ index: Int, _ body: (Element) -> Result) -> Result {
        withUnsafeBufferPointer { Unmanaged.passUnretained($0[index])._withUnsafeGuaranteedRef(body) }
    }

    /// Whether something holds for all elements, up to the first for which it does not.
    @inline(__always)
    func allInPlace(_ predicate: (Element) -> Bool) -> Bool {
        indices.allSatisfy { lend($0, predicate) }
    }

    /// The first answer that one of them gives.
    @inline(__always)
    func firstInPlace<Answer>(_ answer: (Element) -> Answer?) -> Answer? {
        for index in indices {
            if let found = lend(index, answer) { return found }
        }
        return nil
    }
}
