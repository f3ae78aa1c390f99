/// Where a text stops being acceptable JSON, and why.
public struct JSONError: Error, Equatable, Sendable {
    /// The byte, counted from 0, at which the problem was found; the length of the input where the input ends too soon.
    public let offset: Int
    public let problem: JSONProblem

    public init(offset: Int, problem: JSONProblem) {
        self.offset = offset
        self.problem = problem
    }
}

extension JSONError: CustomStringConvertible {
    /// A sentence for the sender of the text: `at byte 17: expected ',' or '}'`.
    public var description: String { "at byte \(offset): \(problem)" }
}

/// What is wrong with a text that is not acceptable JSON.
public enum JSONProblem: Equatable, Sendable {
    /// The input ends inside a value.
    case unexpectedEnd
    /// Another byte than one of those named.
    case expected(String)
    /// RFC 8259 section 8.1: a text must not start with U+FEFF.
    case byteOrderMark
    /// Not UTF-8: an overlong form, a surrogate, more than U+10FFFF, or a sequence cut short.
    case invalidUTF8
    /// U+0000, raw or as `\u0000`: it is valid JSON, but PostgreSQL cannot store it.
    case nul
    /// A control character below U+0020 inside a string, which RFC 8259 section 7 wants escaped.
    case controlCharacter
    /// A backslash that is not followed by one of `"\/bfnrt` or by `u` and four hexadecimal digits.
    case invalidEscape
    /// `\uD800` to `\uDFFF` without its other half: it stands for no character.
    case loneSurrogate
    case leadingZero
    /// A number whose value is larger than a double can hold.
    case numberOutOfRange
    case tooDeep(maximumDepth: Int)
    /// Something follows the value.
    case trailingBytes
    case duplicateKey(String)
}

extension JSONProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unexpectedEnd: "the text ends too soon"
        case .expected(let what): "expected \(what)"
        case .byteOrderMark: "a byte order mark is not accepted"
        case .invalidUTF8: "not valid UTF-8"
        case .nul: "U+0000 is not accepted"
        case .controlCharacter: "a control character in a string must be escaped"
        case .invalidEscape: "not a valid escape"
        case .loneSurrogate: "half of a surrogate pair"
        case .leadingZero: "a number must not start with 0"
        case .numberOutOfRange: "number out of range"
        case .tooDeep(let maximum): "nested deeper than \(maximum) levels"
        case .trailingBytes: "expected nothing after the value"
        case .duplicateKey(let key): "the key \(key.quoted) occurs twice"
        }
    }
}
