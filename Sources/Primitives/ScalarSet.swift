/// The Unicode scalars that one step of a regular expression takes.
struct ScalarSet: Sendable {
    var members: [Member]
    /// Whether it holds all scalars but the members.
    var isNegated = false

    enum Member: Sendable {
        case range(ClosedRange<UInt32>)
        case property(Property, isNegated: Bool)
    }

    /// What `\p{...}` names.
    enum Property: Sendable {
        case categories(Set<Unicode.GeneralCategory>)
        case alphabetic, uppercase, lowercase, whitespace
    }

    /// - Parameter ignoringCase: Whether a letter is in it that is there in the other case.
    func contains(_ scalar: Unicode.Scalar, ignoringCase: Bool = false) -> Bool {
        (hasMember(scalar) || ignoringCase && otherCases(of: scalar).contains(where: hasMember)) != isNegated
    }

    private func hasMember(_ scalar: Unicode.Scalar) -> Bool { members.contains { $0.contains(scalar) } }

    /// Mappings to several scalars are none that one step could take.
    private func otherCases(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping].map(\.unicodeScalars)
            .filter { $0.count == 1 }.compactMap(\.first)
    }
}

extension ScalarSet {
    init(_ scalar: Unicode.Scalar) {
        members = [.range(scalar.value...scalar.value)]
    }

    init(_ ranges: ClosedRange<UInt32>..., isNegated: Bool = false) {
        members = ranges.map { .range($0) }
        self.isNegated = isNegated
    }

    /// ECMA-262 section 22.2.2.9: digits and word characters are those of ASCII, white space is that of Unicode.
    static let digit = ScalarSet(0x30...0x39)
    static let word = ScalarSet(0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A)
    static let whitespace = ScalarSet(
        0x09...0x0D,
        0x20...0x20,
        0xA0...0xA0,
        0x1680...0x1680,
        0x2000...0x200A,
        0x2028...0x2029,
        0x202F...0x202F,
        0x205F...0x205F,
        0x3000...0x3000,
        0xFEFF...0xFEFF
    )
    /// What `.` takes: everything but the ends of lines.
    static let any = ScalarSet(0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029, isNegated: true)

    /// The ranges between those of this set, which must be of ranges in ascending order.
    var complement: [Member] {
        var result: [Member] = []
        var next: UInt32 = 0
        for case .range(let range) in members {
            if range.lowerBound > next { result.append(.range(next...(range.lowerBound - 1))) }
            next = range.upperBound + 1
        }
        result.append(.range(next...0x10FFFF))
        return result
    }
}

extension ScalarSet.Member {
    fileprivate func contains(_ scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .range(let range): range.contains(scalar.value)
        case .property(let property, let isNegated): property.contains(scalar) != isNegated
        }
    }
}

extension ScalarSet.Property {
    fileprivate func contains(_ scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .categories(let categories): categories.contains(scalar.properties.generalCategory)
        case .alphabetic: scalar.properties.isAlphabetic
        case .uppercase: scalar.properties.isUppercase
        case .lowercase: scalar.properties.isLowercase
        case .whitespace: scalar.properties.isWhitespace
        }
    }

    /// Reads what stands in `\p{...}`: a general category by its short or long name, with or without
    /// `General_Category=`, or one of four binary properties. Nil where it is none, such as a script.
    init?(_ name: String) {
        var name = name[...]
        for prefix in ["General_Category=", "gc="] where name.hasPrefix(prefix) { name = name.dropFirst(prefix.count) }
        switch name {
        case "Alphabetic", "Alpha": self = .alphabetic
        case "Uppercase", "Upper": self = .uppercase
        case "Lowercase", "Lower": self = .lowercase
        case "White_Space", "space": self = .whitespace
        default:
            let found = Self.categories.filter { $0.names.contains { $0 == name } }
            guard !found.isEmpty else { return nil }
            self = .categories(Set(found.map(\.category)))
        }
    }

    /// The general categories (Unicode Standard Annex 44, section 5.7.1), each with its own names and its groups'.
    private static let categories: [(category: Unicode.GeneralCategory, names: [String])] = [
        (.uppercaseLetter, ["Lu", "Uppercase_Letter", "LC", "Cased_Letter", "L", "Letter"]),
        (.lowercaseLetter, ["Ll", "Lowercase_Letter", "LC", "Cased_Letter", "L", "Letter"]),
        (.titlecaseLetter, ["Lt", "Titlecase_Letter", "LC", "Cased_Letter", "L", "Letter"]),
        (.modifierLetter, ["Lm", "Modifier_Letter", "L", "Letter"]),
        (.otherLetter, ["Lo", "Other_Letter", "L", "Letter"]),
        (.nonspacingMark, ["Mn", "Nonspacing_Mark", "M", "Mark"]),
        (.spacingMark, ["Mc", "Spacing_Mark", "M", "Mark"]),
        (.enclosingMark, ["Me", "Enclosing_Mark", "M", "Mark"]),
        (.decimalNumber, ["Nd", "Decimal_Number", "digit", "N", "Number"]),
        (.letterNumber, ["Nl", "Letter_Number", "N", "Number"]),
        (.otherNumber, ["No", "Other_Number", "N", "Number"]),
        (.connectorPunctuation, ["Pc", "Connector_Punctuation", "P", "Punctuation", "punct"]),
        (.dashPunctuation, ["Pd", "Dash_Punctuation", "P", "Punctuation", "punct"]),
        (.openPunctuation, ["Ps", "Open_Punctuation", "P", "Punctuation", "punct"]),
        (.closePunctuation, ["Pe", "Close_Punctuation", "P", "Punctuation", "punct"]),
        (.initialPunctuation, ["Pi", "Initial_Punctuation", "P", "Punctuation", "punct"]),
        (.finalPunctuation, ["Pf", "Final_Punctuation", "P", "Punctuation", "punct"]),
        (.otherPunctuation, ["Po", "Other_Punctuation", "P", "Punctuation", "punct"]),
        (.mathSymbol, ["Sm", "Math_Symbol", "S", "Symbol"]),
        (.currencySymbol, ["Sc", "Currency_Symbol", "S", "Symbol"]),
        (.modifierSymbol, ["Sk", "Modifier_Symbol", "S", "Symbol"]),
        (.otherSymbol, ["So", "Other_Symbol", "S", "Symbol"]),
        (.spaceSeparator, ["Zs", "Space_Separator", "Z", "Separator"]),
        (.lineSeparator, ["Zl", "Line_Separator", "Z", "Separator"]),
        (.paragraphSeparator, ["Zp", "Paragraph_Separator", "Z", "Separator"]),
        (.control, ["Cc", "Control", "cntrl", "C", "Other"]),
        (.format, ["Cf", "Format", "C", "Other"]),
        (.surrogate, ["Cs", "Surrogate", "C", "Other"]),
        (.privateUse, ["Co", "Private_Use", "C", "Other"]),
        (.unassigned, ["Cn", "Unassigned", "C", "Other"]),
    ]
}
