import HooklinePrimitives

/// A variation that the address of a page asks for, for whoever wants to look at it: `?my-test=1`.
enum QueryOverride {
    /// Nil where the address asks for none that the experiment has.
    static func variation(of experiment: String, in url: String, variations: Int) -> Int? {
        let parts = url.split(separator: "?", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return nil }
        let query = parts[1].prefix { $0 != "#" }
        for pair in query.split(separator: "&", omittingEmptySubsequences: false) {
            let sides = pair.split(separator: "=", omittingEmptySubsequences: false)
            guard String(sides[0]).hasSameBytes(as: experiment) else { continue }
            // The first one counts, also where it is no number.
            guard sides.count > 1, let variation = ScriptNumber.wholePrefix(sides[1]),
                (0..<variations).contains(variation)
            else { return nil }
            return variation
        }
        return nil
    }
}
