extension RegularExpression {
    /// Whether the expression occurs in the text. A search that takes more than so many steps, each of which is one scalar of
    /// the text for one part of the expression, ends and answers false.
    public func matches(_ text: String, maximumSteps: Int) -> Bool {
        var steps = maximumSteps
        return matches(text, steps: &steps)
    }

    /// Whether the expression occurs in the text. `steps` is lowered by what the search took; at 0 the search stops and
    /// answers false.
    func matches(_ text: String, steps: inout Int) -> Bool {
        var search = Search(self)
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if search.start(between: previous, and: scalar) { return true }
            if search.isOver { return false }
            search.advance(over: scalar)
            steps -= search.takeSteps()
            if steps <= 0 {
                steps = 0
                return false
            }
            previous = scalar
        }
        return search.start(between: previous, and: nil)
    }

    /// All threads of a search at one place of the text, each at most once.
    private struct Search {
        private let program: [Instruction]
        private let isCaseInsensitive: Bool
        /// The instructions that wait for a scalar, in the thread's own order.
        private var current: [Int] = []
        /// Where threads go on behind the last scalar.
        private var following: [Int] = []
        private var pending: [Int] = []
        /// The place at which an instruction was last reached.
        private var reached: [Int]
        private var place = 0
        private var steps = 0

        init(_ expression: RegularExpression) {
            program = expression.program
            isCaseInsensitive = expression.isCaseInsensitive
            reached = Array(repeating: -1, count: program.count)
        }

        /// An expression that starts with `^` need not be tried anywhere else.
        var isOver: Bool {
            guard current.isEmpty, case .assertion(.start) = program[0] else { return false }
            return true
        }

        /// Brings every thread to its next scalar, with a new one that begins here; true where one has matched.
        mutating func start(between previous: Unicode.Scalar?, and next: Unicode.Scalar?) -> Bool {
            current.removeAll(keepingCapacity: true)
            following.append(0)
            for thread in following {
                if follow(thread, between: previous, and: next) { return true }
            }
            following.removeAll(keepingCapacity: true)
            return false
        }

        private mutating func follow(
            _ thread: Int,
            between previous: Unicode.Scalar?,
            and next: Unicode.Scalar?
        ) -> Bool {
            pending.append(thread)
            while let counter = pending.popLast() {
                guard reached[counter] != place else { continue }
                reached[counter] = place
                steps += 1
                switch program[counter] {
                case .match: return true
                case .scalar: current.append(counter)
                case .jump(let target): pending.append(target)
                case .split(let first, let second):
                    pending.append(second)
                    pending.append(first)
                case .assertion(let assertion):
                    if assertion.holds(between: previous, and: next) { pending.append(counter + 1) }
                }
            }
            return false
        }

        mutating func advance(over scalar: Unicode.Scalar) {
            place += 1
            for counter in current {
                if case .scalar(let set) = program[counter], set.contains(scalar, ignoringCase: isCaseInsensitive) {
                    following.append(counter + 1)
                }
            }
            steps += current.count + 1
        }

        mutating func takeSteps() -> Int {
            defer { steps = 0 }
            return steps
        }
    }
}

extension RegularExpression.Assertion {
    fileprivate func holds(between previous: Unicode.Scalar?, and next: Unicode.Scalar?) -> Bool {
        switch self {
        case .start: previous == nil
        case .end: next == nil
        case .wordBoundary: Self.isWord(previous) != Self.isWord(next)
        case .noWordBoundary: Self.isWord(previous) == Self.isWord(next)
        }
    }

    private static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
        scalar.map { ScalarSet.word.contains($0) } ?? false
    }
}
