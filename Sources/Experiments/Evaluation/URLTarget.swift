import HooklinePrimitives

/// Which pages an experiment is on.
struct URLTarget: Sendable {
    private enum Pattern: Sendable {
        case simple(SimplePattern)
        case expression(RegularExpression)
        /// Of an unknown kind, or none that can be read.
        case nothing
    }

    private let pattern: Pattern
    private let isIncluding: Bool

    init(_ json: JSON) {
        isIncluding = json["include"]?.bool ?? true
        let text = json["pattern"]?.string ?? ""
        pattern =
            switch json["type"]?.string {
            case "simple": SimplePattern(text).map { .simple($0) } ?? .nothing
            case "regex": (try? RegularExpression(text)).map { .expression($0) } ?? .nothing
            default: .nothing
            }
    }

    /// Whether a page is one that no target leaves out, and, where some take pages in, one of them does.
    static func isTargeted(_ url: String, by targets: [URLTarget]) -> Bool {
        guard !targets.isEmpty, let page = PageURL(url) else { return false }
        var isIncluded = !targets.contains(where: \.isIncluding)
        for target in targets where target.matches(page) {
            guard target.isIncluding else { return false }
            isIncluded = true
        }
        return isIncluded
    }

    private func matches(_ page: PageURL) -> Bool {
        switch pattern {
        case .simple(let pattern): pattern.matches(page)
        case .expression(let expression):
            [page.text, String(page.text.dropFirst(page.origin.count))]
                .contains { expression.matches($0, maximumSteps: Self.maximumSteps) }
        case .nothing: false
        }
    }

    private static let maximumSteps = 1_000_000
}

/// An address in which `*` stands for anything: `example.com/videos/*`.
struct SimplePattern: Sendable {
    private let expected: PageURL

    /// No letter of an address, but allowed in a host.
    private static let wildcard = "_____"

    /// - Parameter text: An address with or without its scheme, or a path.
    init?(_ text: String) {
        let written = text.replacing("*", with: Self.wildcard)
        let isWithoutScheme = written.prefix { !":/?".contains($0) }.contains(".")
        guard let expected = PageURL((isWithoutScheme ? "https://" : "") + written, relativeTo: Self.wildcard) else {
            return nil
        }
        self.expected = expected
    }

    func matches(_ page: PageURL) -> Bool {
        guard Self.matches(page.host, expected.host), Self.matchesPath(page.path, expected.path) else { return false }
        if let fragment = expected.fragment, !fragment.isEmpty,
            !Self.matches(page.fragment.map { "#" + $0 } ?? "", "#" + fragment)
        {
            return false
        }
        let parameters = page.parameters
        return expected.parameters.allSatisfy { expected in
            let value = parameters.first { $0.name.hasSameBytes(as: expected.name) }?.value ?? ""
            return Self.matches(value, expected.value)
        }
    }

    /// A slash at either end may be there or not.
    private static func matchesPath(_ actual: String, _ pattern: String) -> Bool {
        var inner = pattern[...]
        if inner.hasPrefix("/") { inner.removeFirst() }
        if inner.hasSuffix("/") { inner.removeLast() }
        let beginnings = actual.hasPrefix("/") ? [actual[...], actual.dropFirst()] : [actual[...]]
        let candidates = beginnings.flatMap { $0.hasSuffix("/") ? [$0, $0.dropLast()] : [$0] }
        return candidates.contains { matches(String($0), String(inner)) }
    }

    /// Whether a text is the pattern, in any case, with anything in the place of wildcards.
    private static func matches(_ actual: String, _ pattern: String) -> Bool {
        let parts = pattern.lowercased().split(separator: wildcard, omittingEmptySubsequences: false)
            .map { Array($0.unicodeScalars) }
        let text = Array(actual.lowercased().unicodeScalars)
        guard parts.count > 1 else { return text == parts[0] }
        guard text.starts(with: parts[0]) else { return false }
        // Each part where it comes first: what is behind it is as long as can be.
        var offset = parts[0].count
        for part in parts[1..<parts.count - 1] {
            guard let found = text.firstOffset(of: part, from: offset) else { return false }
            offset = found + part.count
        }
        let last = parts[parts.count - 1]
        return text.count - offset >= last.count && text.suffix(last.count).elementsEqual(last)
    }
}

extension [Unicode.Scalar] {
    fileprivate func firstOffset(of part: [Unicode.Scalar], from start: Int) -> Int? {
        guard count - part.count >= start else { return nil }
        return (start...(count - part.count)).first { self[$0..<$0 + part.count].elementsEqual(part) }
    }
}
