/// Reads the regular expressions that `RegularExpression` takes (ECMA-262 section 22.2.1).
struct RegularExpressionParser {
    typealias Expression = RegularExpression.Expression
    typealias Problem = RegularExpression.Problem

    private let scalars: [Unicode.Scalar]
    private var offset = 0
    private var depth = 0

    init(_ source: String) {
        scalars = Array(source.unicodeScalars)
    }

    mutating func parse() throws(Problem) -> Expression {
        let expression = try alternatives()
        guard offset == scalars.count else { throw problem("has a ')' without its '('") }
        return expression
    }

    private mutating func alternatives() throws(Problem) -> Expression {
        var choices = [try sequence()]
        while consume("|") { choices.append(try sequence()) }
        return choices.count == 1 ? choices[0] : .alternatives(choices)
    }

    private mutating func sequence() throws(Problem) -> Expression {
        var parts: [Expression] = []
        while let next = peek(), next != "|", next != ")" { parts.append(try quantified()) }
        return .sequence(parts)
    }

    private mutating func quantified() throws(Problem) -> Expression {
        let atom = try self.atom()
        guard let (minimum, maximum) = try quantifier() else { return atom }
        if case .assertion = atom { throw problem("repeats an assertion") }
        if let maximum, maximum < minimum { throw problem("repeats {\(minimum),\(maximum)}, which is out of order") }
        // Lazy or not: whether there is a match is the same.
        _ = consume("?")
        if let next = peek(), "*+?".unicodeScalars.contains(next) { throw problem("repeats a repetition") }
        return .repetition(atom, minimum: minimum, maximum: maximum)
    }

    private mutating func quantifier() throws(Problem) -> (minimum: Int, maximum: Int?)? {
        if consume("*") { return (0, nil) }
        if consume("+") { return (1, nil) }
        if consume("?") { return (0, 1) }
        let start = offset
        guard consume("{"), let minimum = number() else {
            offset = start
            return nil
        }
        if consume("}") { return (minimum, minimum) }
        guard consume(",") else {
            offset = start
            return nil
        }
        if consume("}") { return (minimum, nil) }
        guard let maximum = number(), consume("}") else {
            offset = start
            return nil
        }
        return (minimum, maximum)
    }

    /// A count, capped where it is more than any expression may repeat.
    private mutating func number() -> Int? {
        var value: Int?
        while let next = peek(), ("0"..."9").contains(next) {
            value = min((value ?? 0) * 10 + Int(next.value - 0x30), RegularExpression.maximumInstructions + 1)
            offset += 1
        }
        return value
    }

    private mutating func atom() throws(Problem) -> Expression {
        let start = offset
        guard let next = take() else { return .empty }
        switch next {
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case ".": return .scalar(.any)
        case "(": return try group()
        case "[": return .scalar(try scalarClass())
        case "*", "+", "?":
            offset = start
            throw problem("has a '\(next)' that repeats nothing")
        case "{":
            offset = start
            if try quantifier() != nil { throw problem("has a '{' that repeats nothing") }
            offset = start + 1
            return .scalar(ScalarSet(next))
        case "\\":
            if consume("b") { return .assertion(.wordBoundary) }
            if consume("B") { return .assertion(.noWordBoundary) }
            return .scalar(ScalarSet(members: try escape(isInClass: false)))
        default: return .scalar(ScalarSet(next))
        }
    }

    private mutating func group() throws(Problem) -> Expression {
        if consume("?") {
            if consume("<") {
                if peek() == "=" || peek() == "!" { throw problem("looks behind, which is not supported") }
                while let next = peek(), next != ">" { offset += 1 }
                guard consume(">") else { throw problem("has a group whose name does not end") }
            } else if peek() == "=" || peek() == "!" {
                throw problem("looks ahead, which is not supported")
            } else if !consume(":") {
                throw problem("has an unknown kind of group; accepted are (...), (?:...) and (?<name>...)")
            }
        }
        depth += 1
        defer { depth -= 1 }
        guard depth <= RegularExpression.maximumDepth else {
            throw problem("nests groups deeper than \(RegularExpression.maximumDepth) levels")
        }
        let inner = try alternatives()
        guard consume(")") else { throw problem("has a '(' without its ')'") }
        return inner
    }
}

// MARK: - Classes and escapes

extension RegularExpressionParser {
    private mutating func scalarClass() throws(Problem) -> ScalarSet {
        var set = ScalarSet(members: [], isNegated: consume("^"))
        while !consume("]") {
            let first = try classMember()
            guard peek() == "-", offset + 1 < scalars.count, scalars[offset + 1] != "]" else {
                set.members += first
                continue
            }
            offset += 1
            let last = try classMember()
            guard let low = Self.single(first), let high = Self.single(last) else {
                throw problem("has a range in a class whose ends are not single characters")
            }
            guard low <= high else { throw problem("has a range in a class that is out of order") }
            set.members.append(.range(low...high))
        }
        return set
    }

    private mutating func classMember() throws(Problem) -> [ScalarSet.Member] {
        guard let next = take() else { throw problem("has a '[' without its ']'") }
        if next == "\\" { return try escape(isInClass: true) }
        return ScalarSet(next).members
    }

    private static func single(_ members: [ScalarSet.Member]) -> UInt32? {
        guard members.count == 1, case .range(let range) = members[0], range.count == 1 else { return nil }
        return range.lowerBound
    }

    /// What follows a backslash.
    private mutating func escape(isInClass: Bool) throws(Problem) -> [ScalarSet.Member] {
        guard let next = take() else { throw problem("ends with a backslash") }
        switch next {
        case "d": return ScalarSet.digit.members
        case "D": return ScalarSet.digit.complement
        case "w": return ScalarSet.word.members
        case "W": return ScalarSet.word.complement
        case "s": return ScalarSet.whitespace.members
        case "S": return ScalarSet.whitespace.complement
        case "p", "P": return [.property(try property(), isNegated: next == "P")]
        case "b" where isInClass: return ScalarSet("\u{8}").members
        case "t": return ScalarSet("\t").members
        case "n": return ScalarSet("\n").members
        case "v": return ScalarSet("\u{B}").members
        case "f": return ScalarSet("\u{C}").members
        case "r": return ScalarSet("\r").members
        case "0" where !(peek().map { ("0"..."9").contains($0) } ?? false): return ScalarSet("\0").members
        case "c":
            guard let letter = take(), letter.isASCII, letter.properties.isAlphabetic else {
                throw problem("has a \\c that no letter follows")
            }
            return [.range(letter.value % 32...letter.value % 32)]
        case "x", "u": return try hexadecimalEscape(next)
        case "1"..."9", "k": throw problem("refers back to a group, which is not supported")
        case _ where next.isASCII && next.value > 0x1F && !next.properties.isAlphabetic && !("0"..."9").contains(next):
            return ScalarSet(next).members
        default: throw problem("has the unknown escape \\\(next)")
        }
    }

    private mutating func property() throws(Problem) -> ScalarSet.Property {
        guard consume("{") else { throw problem("has a \\p that no '{' follows") }
        var name = ""
        while let next = take(), next != "}" { name.unicodeScalars.append(next) }
        guard let property = ScalarSet.Property(name) else {
            throw problem("has the unknown property \(name.quoted); accepted are the general categories")
        }
        return property
    }

    /// `\xHH`, `\uHHHH`, two of the latter that are a surrogate pair, and `\u{H...}`.
    private mutating func hexadecimalEscape(_ letter: Unicode.Scalar) throws(Problem) -> [ScalarSet.Member] {
        var value: UInt32?
        if letter == "u", consume("{") {
            var digits = 0
            while let next = peek(), next != "}", digits < 8 {
                offset += 1
                digits += 1
            }
            value = Self.hexadecimal(scalars[(offset - digits)..<offset])
            if !consume("}") { value = nil }
        } else {
            value = hexadecimal(digits: letter == "x" ? 2 : 4)
            if let high = value, (0xD800...0xDBFF).contains(high), consume("\\"), consume("u") {
                value = hexadecimal(digits: 4).flatMap { low in
                    (0xDC00...0xDFFF).contains(low) ? 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00) : nil
                }
            }
        }
        guard let value, let scalar = Unicode.Scalar(value) else {
            throw problem("has a \\\(letter) that no character's hexadecimal digits follow")
        }
        return ScalarSet(scalar).members
    }

    private mutating func hexadecimal(digits: Int) -> UInt32? {
        guard offset + digits <= scalars.count else { return nil }
        let value = Self.hexadecimal(scalars[offset..<(offset + digits)])
        if value != nil { offset += digits }
        return value
    }

    private static func hexadecimal(_ digits: ArraySlice<Unicode.Scalar>) -> UInt32? {
        guard digits.allSatisfy({ $0.properties.isASCIIHexDigit }) else { return nil }
        return UInt32(String(String.UnicodeScalarView(digits)), radix: 16)
    }
}

// MARK: - Scalars

extension RegularExpressionParser {
    private func peek() -> Unicode.Scalar? { offset < scalars.count ? scalars[offset] : nil }

    private mutating func take() -> Unicode.Scalar? {
        guard let next = peek() else { return nil }
        offset += 1
        return next
    }

    private mutating func consume(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        offset += 1
        return true
    }

    private func problem(_ text: String) -> Problem {
        Problem("\(text), at character \(offset); accepted is a regular expression of ECMA-262 without look-around")
    }
}
