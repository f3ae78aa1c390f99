import HooklinePrimitives

/// Reads single members of an event's properties without building a tree.
struct EventProperties {
    private let text: String?

    init(_ text: String?) {
        self.text = text
    }

    /// The texts of some members, nil for each that is missing or no text. The first of equal names counts.
    func texts(_ names: [String]) -> [String?] {
        read(names) { (scanner, kind) throws(JSONError) in kind == .string ? try scanner.readString() : nil }
    }

    func text(_ name: String) -> String? { texts([name])[0] }

    /// The numbers of some members, nil for each that is missing or no number.
    func numbers(_ names: [String]) -> [Double?] {
        read(names) { (scanner, kind) throws(JSONError) in kind == .number ? try scanner.readDouble() : nil }
    }

    func number(_ name: String) -> Double? { numbers([name])[0] }

    /// Texts as they are, numbers and booleans as text (`2.0` as `2`); nil for each that is missing or something else.
    func scalars(_ names: [String]) -> [String?] {
        read(names) { (scanner, kind) throws(JSONError) in
            switch kind {
            case .string: try scanner.readString()
            case .number: Self.text(of: try scanner.readDouble())
            case .bool: try scanner.readBool() ? "true" : "false"
            case .null, .array, .object: nil
            }
        }
    }

    private static func text(of number: Double) -> String {
        Int64(exactly: number).map(String.init) ?? JSON.number(number).text
    }

    private func read<Result>(
        _ names: [String],
        _ value: (inout JSONScanner, JSONKind) throws(JSONError) -> Result?
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
                    found[index] = try value(&scanner, try scanner.peek())
                }
            } catch {
                // The log holds only objects that were validated; whatever else stands there has no members.
            }
        }
        return found
    }
}
