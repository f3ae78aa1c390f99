import Testing

@testable import HooklineCLI

@Suite struct TableTests {
    private var table: Table {
        var table = Table([.text("name", isElastic: true), .number("n"), .text("")])
        table.add(["short", "1,000", "ok"])
        table.add(["a rather long name of a hook", "7", ""], colour: .green)
        return table
    }

    @Test func alignsColumns() {
        #expect(
            table.lines() == [
                "name                              n", "short                         1,000  ok",
                "a rather long name of a hook      7",
            ]
        )
    }

    @Test func cutsOnlyElasticColumns() {
        for width in [24, 30, 39] {
            let lines = table.lines(width: width)
            #expect(lines.allSatisfy { $0.displayWidth <= width }, "\(lines)")
            #expect(lines[1].contains("1,000") && lines[2].hasSuffix("7"))
        }
        // Numbers are not cut, however narrow it is.
        #expect(table.lines(width: 5)[1] == "short     1,000  ok")
        #expect(table.lines(width: 5, cutsLines: true).allSatisfy { $0.displayWidth <= 5 })
    }

    @Test func coloursWholeLines() {
        let lines = table.lines(style: Style(isOn: true))
        #expect(lines[1].first == "s")
        #expect(lines[2].hasPrefix("\u{1B}[32m") && lines[2].hasSuffix("\u{1B}[0m"))
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("👍🏽", 2), ("👨‍👩‍👧", 2), ("a\u{200B}b", 2), ("18 m²", 5),
    ]) func measures(_ text: String, _ width: Int) {
        #expect(text.displayWidth == width)
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdef", 4, "abc…"), ("日本語", 4, "日…"), ("abc", 1, "…"), ("abc", 0, ""),
    ])
    func cuts(_ text: String, _ width: Int, _ expected: String) {
        #expect(text.cut(toWidth: width) == expected)
    }

    @Test func keepsOthersFromCommandingTheTerminal() {
        #expect("a\u{1B}[2Jb\nc\u{9B}d".withoutControls == "a\u{FFFD}[2Jb c\u{FFFD}d")
        let console = RecordingConsole()
        var table = Table([.text("name")])
        table.add(["\u{1B}]0;title\u{07}"])
        console.console.show(table)
        console.console.show([("name", "\u{1B}[31m")])
        #expect(!console.output.contains("\u{1B}"))
    }

    // MARK: - Numbers

    @Test func writesNumbers() {
        #expect(
            [0, 7, 999, 1000, 1_234_567, -1000].map { NumberText.whole($0) } == [
                "0", "7", "999", "1,000", "1,234,567", "-1,000",
            ]
        )
        #expect(NumberText.fixed(0.125, digits: 2) == "0.13")
        #expect(NumberText.fixed(-0.001, digits: 2) == "0.00")
        #expect(NumberText.fixed(-1.5, digits: 1) == "-1.5")
        #expect(NumberText.fixed(99.96, digits: 1) == "100.0")
        #expect(NumberText.fixed(nil, digits: 1) == "-")
        #expect(NumberText.significant(0.0123456) == "0.01235")
        #expect(NumberText.significant(1234.6) == "1235")
        #expect(NumberText.significant(0) == "0")
        #expect(NumberText.significant(1.5e20) == "1.5e20")
        #expect(NumberText.significant(-2.5e-9) == "-2.5e-9")
        #expect(NumberText.change(percent: 31) == "+31.0 %")
        #expect(NumberText.change(percent: -0.5) == "-0.5 %")
        #expect(
            NumberText.short(50) == "50" && NumberText.short(100.0 / 3) == "33.33" && NumberText.short(100) == "100"
        )
        #expect(NumberText.count(1, "test") == "1 test" && NumberText.count(2000, "test") == "2,000 tests")
    }

    @Test(
        arguments: [
            (0.03121, nil, "0.0312"), (1, nil, "1.0000"), (0.0001, nil, "0.0001"), (0.00001234, nil, "1.2e-5"),
            (2.2250738585072014e-308, -412.3, "5.0e-413"), (9.99e-6, nil, "1.0e-5"), (0, nil, "0"), (nil, nil, "-"),
        ] as [(Double?, Double?, String)]
    ) func writesPValues(_ p: Double?, _ logarithm: Double?, _ expected: String) {
        #expect(NumberText.pValue(p, log10: logarithm) == expected)
    }

    @Test func writesDurations() {
        #expect(NumberText.duration(.milliseconds(45)) == "45 ms")
        #expect(NumberText.duration(.milliseconds(2340)) == "2.3 s")
        #expect(NumberText.duration(.seconds(65)) == "1 min 5 s")
        #expect(NumberText.duration(.seconds(3599)) == "59 min 59 s")
        #expect(NumberText.duration(.seconds(3600)) == "1 h 0 min")
        #expect(NumberText.duration(.seconds(11_520)) == "3 h 12 min")
        #expect(NumberText.duration(.seconds(86_399)) == "23 h 59 min")
        #expect(NumberText.duration(.seconds(86_400)) == "1.0 days")
        #expect(NumberText.duration(.seconds(364 * 86_400)) == "364.0 days")
        #expect(NumberText.duration(.seconds(365 * 86_400)) == "1.0 years")
        #expect(NumberText.duration(.seconds(1_062_820 * 60)) == "2.0 years")
    }
}
