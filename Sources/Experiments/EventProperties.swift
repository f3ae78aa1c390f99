import HooklinePrimitives

/// Reads single members of an event's properties without building a tree.
struct EventProperties {
    private let text: String?

    init(_ text: String?) {
        self.text = text
    }

    /// The texts of some members, nil for each that is missing or no text. The first of equal names counts.
    func texts(_ names: [String]) -> [String?] {
        read(names, as: .string) { (scanner) throws(JSONError) in try scanner.readString() }
    }

    func text(_ name: String) -> String? { texts([name])[0] }

    /// The numbers of some members, nil for each that is missing or no number.
    func numbers(_ names: [String]) -> [Double?] {
        read(names, as: .number) { (scanner) throws(JSONError) in try scanner.readDouble() }
    }

    func number(_ name: String) -> Double? { numbers([name])[0] }

    private func read<Result>(
        _ names: [String],
        as kind: JSONKind,
        _ value: (inout JSONScanner) throws(JSONError) -> Result
    ) -> [Result?] {
        var found = [Result?](repeating: nil, count: names.count)
        var seen = [Bool](repeating: false, count: names.count)
        guard var text else { return found }
        text.withUTF8 { bytes in
            var scanner = JSONScanner(bytes)
            do throws(JSONError) {
                try scanner.beginObject()
                while let key = try scanner.nextKey() {
                    guard let index = names.firstIndex(where: { $0.utf8.elementsEqual(key.utf8) }), !seen[index]
                    else { continue }
                    seen[index] = true
                    if try scanner.peek() == kind { found[index] = try value(&scanner) }
                }
            } catch {
                // The log holds only objects that were validated; whatever else stands there has no members.
            }
        }
        return found
    }
}
