import HooklineStatistics
import Testing

@Suite struct NonInferiorityTestTests {
    private func moments(_ values: some Sequence<Double>) -> Moments {
        var moments = Moments()
        for value in values { moments.add(value) }
        return moments
    }

    @Test(arguments: GoldenTable(NonInferiorityGolden.tests).rows)
    func agreesWithScipy(row: [Double]) throws {
        let split = 9 + Int(row[3])
        let test = try NonInferiorityTest.compare(
            control: moments(row[9..<split]),
            treatment: moments(row[split...]),
            direction: row[0] == 1 ? .increase : .decrease,
            margin: row[1] == 1 ? .relative(row[2]) : .absolute(row[2])
        ).get()
        #expect(relativeError(test.t, row[4]) < 1e-11)
        #expect(relativeError(test.degreesOfFreedom, row[5]) < 1e-11)
        #expect(relativeError(test.pValue, row[6]) < 1e-10)
        #expect(relativeError(test.standardError, row[7]) < 1e-11)
        #expect(relativeError(try #require(test.limit), row[8]) < 1e-10)
        #expect(test.gap == nil)
    }

    private struct Case {
        var random: SeededGenerator
        var arms: [Moments] = []

        init(seed: UInt64, sizes: [Int]) {
            random = SeededGenerator(seed: seed)
            let shift = 0.4 * random.unit() - 0.2
            arms = sizes.enumerated().map { index, size in
                var moments = Moments()
                for _ in 0..<size {
                    moments.add(2 + shift * Double(index) + (index == 0 ? 1 : 1.5) * (random.unit() - 0.5))
                }
                return moments
            }
        }
    }

    /// The bound of Fieller's interval is within the margin exactly where the one-sided p-value is below the level.
    @Test(arguments: 0..<200, [Direction.increase, .decrease])
    func theLimitAgreesWithThePValue(seed: UInt64, direction: Direction) throws {
        let arms = Case(seed: seed, sizes: [15, 11]).arms
        let compare = { (margin: NonInferiorityTest.Margin, level: Double) in
            try NonInferiorityTest.compare(
                control: arms[0],
                treatment: arms[1],
                direction: direction,
                margin: margin,
                confidenceLevel: level
            ).get()
        }
        for (margin, size) in [(NonInferiorityTest.Margin.relative(0.05), 0.05), (.absolute(0.1), 0.1)] {
            let pValue = try compare(margin, 0.95).pValue
            for level in [0.95, 0.8, 1 - pValue * 1.001, 1 - pValue * 0.999] where level > 0.5 && level < 1 {
                let test = try compare(margin, level)
                let limit = try #require(test.limit)
                let isWithin = direction == .increase ? limit > -size : limit < size
                #expect(isWithin == (test.pValue < 1 - level))
            }
        }
    }

    /// So it is with the lift of ``WelchTest`` at twice the level, whose degrees of freedom are those of the unscaled
    /// control: with them the relation is exact, and for large arms they are the same for all that p tells.
    @Test(arguments: 0..<200, [Direction.increase, .decrease])
    func theLiftAgreesWithThePValue(seed: UInt64, direction: Direction) throws {
        let arms = Case(seed: seed, sizes: seed % 2 == 0 ? [9, 14] : [2_000, 3_000]).arms
        let test = try NonInferiorityTest.compare(
            control: arms[0],
            treatment: arms[1],
            direction: direction,
            margin: .relative(0.05)
        ).get()
        for level in [0.05, 0.2] {
            let welch = try WelchTest.compare(
                control: arms[0],
                treatment: arms[1],
                confidenceLevel: 1 - 2 * level
            ).get()
            let lift = try #require(welch.lift.interval)
            let excludes = direction == .increase ? lift.lower > -5 : lift.upper < 5
            #expect(excludes == (StudentT(degreesOfFreedom: welch.degreesOfFreedom).survival(test.t) < level))
            if seed % 2 == 1, (test.pValue / level - 1).magnitude > 1e-3 { #expect(excludes == (test.pValue < level)) }
        }
    }

    /// Means of 1e8 times their standard deviation: a half of a spread more or less is seen.
    @Test func largeMeansLoseNothing() throws {
        let offsets = [0.0, 1, 2, 3, 4, 5, 6, 7]
        let small = try NonInferiorityTest.compare(
            control: moments(offsets),
            treatment: moments(offsets.map { $0 + 0.5 }),
            direction: .increase,
            margin: .absolute(2.5)
        ).get()
        let large = try NonInferiorityTest.compare(
            control: moments(offsets.map { $0 + 0x1p40 }),
            treatment: moments(offsets.map { $0 + 0.5 + 0x1p40 }),
            direction: .increase,
            margin: .absolute(2.5)
        ).get()
        #expect(large.t == small.t)
        #expect(large.pValue == small.pValue)
        // The worst that is tolerated is 2^40 - 2^10, and the treatment is at its mean.
        let relative = try NonInferiorityTest.compare(
            control: moments([0x1p40 - 1, 0x1p40, 0x1p40 + 1]),
            treatment: moments([0x1p40 - 0x1p10 - 1, 0x1p40 - 0x1p10, 0x1p40 - 0x1p10 + 1]),
            direction: .increase,
            margin: .relative(0x1p-30)
        ).get()
        #expect(relative.t == 0)
        #expect(relative.pValue == 0.5)
    }

    @Test func turningTheValuesTurnsTheDirection() throws {
        let (a, b) = ([3.0, 4, 6, 5.5], [3.5, 5, 4.25, 6, 7])
        let compare = { (sign: Double, direction: Direction) in
            try NonInferiorityTest.compare(
                control: self.moments(a.map { $0 * sign }),
                treatment: self.moments(b.map { $0 * sign }),
                direction: direction,
                margin: .absolute(0.75)
            ).get()
        }
        let (more, less) = (try compare(1, .increase), try compare(-1, .decrease))
        #expect(more.pValue == less.pValue)
        #expect(more.limit == less.limit.map { -$0 })
        #expect(more.difference == -less.difference)
    }

    @Test func pIsNeverZero() throws {
        var (control, treatment) = (Moments(), Moments())
        for (x, y) in [(1.0, 100_000.0), (2.0, 100_001.0)] {
            control.add(repeating: x, count: 1_000_000)
            treatment.add(repeating: y, count: 1_000_000)
        }
        let test = try NonInferiorityTest.compare(
            control: control,
            treatment: treatment,
            direction: .increase,
            margin: .relative(0.01)
        ).get()
        #expect(test.pValue == Double.leastNormalMagnitude)
        #expect(test.log10PValue < -1e7)
        #expect(test.log10PValue.isFinite)
    }

    @Test func anUncertainControlHasNoLimit() throws {
        let test = try NonInferiorityTest.compare(
            control: moments([-3, 1, 2.5]),
            treatment: moments([1, 2, 3]),
            direction: .increase,
            margin: .relative(0.1)
        ).get()
        #expect(test.limit == nil)
        #expect(test.gap == .controlMeanNearZero)
        #expect(test.pValue < 0.5)
    }

    @Test func anUntestableComparisonSaysWhy() {
        let (ones, zeros, below) = (moments([1, 1, 1]), moments([0, 0]), moments([-1, -2, 0.5]))
        let cases: [(Moments, Moments, NotTestable)] = [
            (Moments(), ones, .tooFewUnits(.control, n: 0)), (ones, moments([2]), .tooFewUnits(.treatment, n: 1)),
            (zeros, zeros, .onlyZeros), (ones, ones, .noVariance), (below, ones, .controlMeanNotPositive),
            (moments([-1, 1]), ones, .controlMeanNotPositive),
        ]
        for (control, treatment, reason) in cases {
            let result = NonInferiorityTest.compare(
                control: control,
                treatment: treatment,
                direction: .increase,
                margin: .relative(0.1)
            )
            #expect(result == .failure(reason))
        }
        #expect(NotTestable.controlMeanNotPositive.description.contains("not above 0"))
    }

    #if os(Linux) || os(macOS)
        @Test func refusesWhatIsNoMargin() async {
            await #expect(processExitsWith: .failure) {
                _ = NonInferiorityTest.compare(
                    control: Moments(),
                    treatment: Moments(),
                    direction: .increase,
                    margin: .relative(1)
                )
            }
            await #expect(processExitsWith: .failure) {
                _ = NonInferiorityTest.compare(
                    control: Moments(),
                    treatment: Moments(),
                    direction: .increase,
                    margin: .absolute(0)
                )
            }
        }
    #endif
}
