import Foundation
import HooklineExperiments
import HooklinePrimitives

/// A feature whose rule has a condition and a namespace, asked for many viewers on one core: against the SDKs of
/// GrowthBook and Eppo for Python, where they are there.
struct EvaluationFigure {
    private static let viewers = 4096
    private static let target = 3_000_000.0
    private static let feature: Identifier = "new-player"

    static func run(_ report: inout Report) throws {
        let contexts = (0..<viewers).map(attributes).map { EvaluationContext(attributes: $0) }
        let features = FeatureSet(payload)
        var best = 0.0
        for _ in 0..<5 { best = max(best, rate(features, contexts)) }
        let name = "evaluate, a condition and a namespace"
        for (peer, script) in [("PyPI growthbook", "growthbook_rate.py"), ("PyPI eppo-server-sdk", "eppo_rate.py")] {
            let rate = try peerRate(script)
            report.add(
                Figure(
                    name: name,
                    measured: best,
                    unit: "/s",
                    reference: rate.map { Figure.Reference(name: peer, value: $0) },
                    target: .atLeast(target)
                )
            )
        }
    }

    private static let payload: JSON = [
        "features": [
            "new-player": [
                "defaultValue": "old",
                "rules": [
                    [
                        "key": "player-test", "variations": ["old", "new"], "weights": [0.5, 0.5], "coverage": 1,
                        "hashAttribute": "id", "hashVersion": 2, "namespace": ["players", 0, 0.8],
                        "condition": [
                            "country": ["$in": ["DE", "AT", "CH", "FR"]], "age": ["$gte": 18], "plan": "pro",
                        ],
                        "meta": [["key": "control"], ["key": "treatment"]],
                    ]
                ],
            ]
        ]
    ]

    private static func attributes(_ number: Int) -> JSON {
        [
            "id": .string("user_\(1_000_000 + number * 1737)"), "country": .string(["DE", "FR", "AT"][number % 3]),
            "age": JSON(18 + number % 50), "plan": "pro", "browser": "firefox",
        ]
    }

    private static func rate(_ features: FeatureSet, _ contexts: [EvaluationContext]) -> Double {
        let start = Machine.nanoseconds()
        var (passes, sum): (Int, UInt64) = (0, 0)
        while Machine.seconds(since: start) < 0.4 {
            contexts.withUnsafeBufferPointer { contexts in
                for index in contexts.indices {
                    var evaluation = Evaluation(features, contexts[index])
                    if evaluation.result(of: feature).isOn { sum &+= UInt64(index) }
                }
            }
            passes += 1
        }
        Sink.take(sum)
        return Double(passes * contexts.count) / Machine.seconds(since: start)
    }

    /// Nil where `HOOKLINE_BENCH_PYTHON` names no interpreter that has the SDKs.
    private static func peerRate(_ script: String) throws -> Double? {
        guard let python = ProcessInfo.processInfo.environment["HOOKLINE_BENCH_PYTHON"], !python.isEmpty else {
            return nil
        }
        let input: JSON = [
            "payload": payload, "feature": .string(feature.text), "contexts": .array((0..<viewers).map(attributes)),
        ]
        let (process, into, out) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(filePath: python)
        process.arguments = ["Benchmarks/Peers/\(script)"]
        (process.standardInput, process.standardOutput) = (into, out)
        try process.run()
        defer { process.end(withinSeconds: 10) }
        try into.fileHandleForWriting.write(contentsOf: Data(input.text.utf8))
        try into.fileHandleForWriting.close()
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        guard let rate = Double(text.filter { !$0.isWhitespace }) else {
            throw Failure("\(script) has answered '\(text)'")
        }
        return rate
    }
}
