/// A regular expression of ECMA-262 with the flag `u`, searched for anywhere in a text.
///
/// It runs in time proportional to the text, whatever the expression (Thompson, Regular Expression Search Algorithm,
/// 1968), as expressions and texts come from elsewhere. So what needs backtracking is refused: back references and assertions
/// that look ahead or behind. Taken are alternatives, groups, `* + ? {n} {n,} {n,m}` (lazy ones too), `^ $ \b \B`, `.`,
/// classes, `\d \D \w \W \s \S`, the escapes of characters, and `\p{...}` of a general category. A single `]`, `}` and
/// `{` stands for itself, and so does any ASCII punctuation after a backslash.
public struct RegularExpression: Sendable {
    /// As it was written.
    public let source: String
    /// Whether letters are the same in either case.
    public let isCaseInsensitive: Bool
    let program: [Instruction]

    /// - Throws: what is wrong with the expression and what is accepted, to be read after its name.
    public init(_ source: String, isCaseInsensitive: Bool = false) throws(Problem) {
        guard source.utf8.count <= Self.maximumBytes else {
            throw Problem("is \(source.utf8.count) bytes long; accepted are at most \(Self.maximumBytes)")
        }
        self.source = source
        self.isCaseInsensitive = isCaseInsensitive
        var parser = RegularExpressionParser(source)
        var compiler = Compiler()
        try compiler.append(parser.parse())
        try compiler.emit(.match)
        program = compiler.program
    }

    static let maximumBytes = 1024
    /// Repetitions with a count are written out: `a{100}` is 100 instructions.
    static let maximumInstructions = 2000
    /// Groups in groups.
    static let maximumDepth = 32

    /// Why an expression is refused.
    public struct Problem: Error {
        public let text: String
        init(_ text: String) { self.text = text }
    }

    /// What an expression says.
    indirect enum Expression: Sendable {
        case empty
        case scalar(ScalarSet)
        case assertion(Assertion)
        case sequence([Expression])
        case alternatives([Expression])
        case repetition(Expression, minimum: Int, maximum: Int?)
    }

    /// What is asked of a place between two scalars.
    enum Assertion: Sendable {
        case start, end, wordBoundary, noWordBoundary
    }

    /// One step of a thread of the search.
    enum Instruction: Sendable {
        case scalar(ScalarSet)
        case assertion(Assertion)
        case jump(Int)
        case split(Int, Int)
        case match
    }
}

extension RegularExpression {
    private struct Compiler {
        var program: [Instruction] = []

        mutating func emit(_ instruction: Instruction) throws(Problem) {
            guard program.count < RegularExpression.maximumInstructions else {
                let maximum = RegularExpression.maximumInstructions
                throw Problem("repeats too much; accepted are expressions of at most \(maximum) steps")
            }
            program.append(instruction)
        }

        mutating func append(_ expression: Expression) throws(Problem) {
            switch expression {
            case .empty: break
            case .scalar(let set): try emit(.scalar(set))
            case .assertion(let assertion): try emit(.assertion(assertion))
            case .sequence(let parts): for part in parts { try append(part) }
            case .alternatives(let choices): try append(choices[...])
            case .repetition(let body, let minimum, let maximum):
                // What needs no step is the same however often it is repeated.
                let start = program.count
                for _ in 0..<minimum {
                    try append(body)
                    if program.count == start { return }
                }
                if let maximum {
                    try append(body, atMost: maximum - minimum)
                } else {
                    let split = program.count
                    try emit(.jump(0))
                    try append(body)
                    try emit(.jump(split))
                    program[split] = .split(split + 1, program.count)
                }
            }
        }

        private mutating func append(_ body: Expression, atMost count: Int) throws(Problem) {
            var splits: [Int] = []
            for _ in 0..<count {
                splits.append(program.count)
                try emit(.jump(0))
                try append(body)
            }
            for split in splits { program[split] = .split(split + 1, program.count) }
        }

        private mutating func append(_ choices: ArraySlice<Expression>) throws(Problem) {
            var jumps: [Int] = []
            for choice in choices.dropLast() {
                let split = program.count
                try emit(.jump(0))
                try append(choice)
                jumps.append(program.count)
                try emit(.jump(0))
                program[split] = .split(split + 1, program.count)
            }
            if let last = choices.last { try append(last) }
            for jump in jumps { program[jump] = .jump(program.count) }
        }
    }
}
