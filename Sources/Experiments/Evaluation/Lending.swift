extension Unmanaged {
    /// What becomes of an object that somebody else keeps for as long as it takes. Nobody counts then that one more refers to it, and
    /// one less, which takes longer than most of what an object is asked here.
    @inline(__always)
    func lend<Result>(_ body: (Instance) -> Result) -> Result { _withUnsafeGuaranteedRef(body) }
}

extension Array where Element: AnyObject {
    /// What becomes of an element, which the array keeps.
    @inline(__always)
    func lend<Result>(_ index: Int, _ body: (Element) -> Result) -> Result {
        withUnsafeBufferPointer { Unmanaged.passUnretained($0[index]).lend(body) }
    }

    /// Whether something holds for all elements, up to the first for which it does not.
    @inline(__always)
    func allInPlace(_ predicate: (Element) -> Bool) -> Bool {
        indices.allSatisfy { lend($0, predicate) }
    }
}
