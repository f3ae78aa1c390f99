/// The names that lead from a payload to a value in it.
struct JSONFilterPath: Sendable, Equatable {
    var names: [String] = []

    /// The path that a filter's key adds; nil where a segment is empty, or a backslash stands before something else
    /// than a dot, `$` or a backslash.
    func appending(_ key: String) -> JSONFilterPath? {
        var path = self
        var name = ""
        var scalars = key.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            switch scalar {
            case ".":
                guard !name.isEmpty else { return nil }
                path.names.append(name)
                name = ""
            case "\\":
                guard let escaped = scalars.next(), escaped == "." || escaped == "$" || escaped == "\\" else {
                    return nil
                }
                name.unicodeScalars.append(escaped)
            default: name.unicodeScalars.append(scalar)
            }
        }
        guard !name.isEmpty else { return nil }
        path.names.append(name)
        return path
    }

    /// The value at the path; nil where there is none.
    func value(in payload: JSON) -> JSON? {
        var value = payload
        for name in names {
            let next: JSON?
            switch value {
            case .object(let object): next = object[name]
            case .array(let elements):
                next = Self.index(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            default: next = nil
            }
            guard let next else { return nil }
            value = next
        }
        return value
    }

    /// Digits without a leading zero.
    private static func index(_ name: String) -> Int? {
        guard name.utf8.allSatisfy({ (0x30...0x39).contains($0) }), name == "0" || !name.utf8.starts(with: "0".utf8)
        else {
            return nil
        }
        return Int(name)
    }
}

extension JSONFilterPath: CustomStringConvertible {
    /// As a filter writes it.
    var description: String {
        names.map { name in
            var escaped = ""
            for scalar in name.unicodeScalars {
                if scalar == "." || scalar == "$" || scalar == "\\" { escaped += "\\" }
                escaped.unicodeScalars.append(scalar)
            }
            return escaped
        }
        .joined(separator: ".")
    }
}
