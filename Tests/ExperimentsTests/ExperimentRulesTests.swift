import HooklineExperiments
import HooklinePrimitives
import Testing

@testable import enum HooklineExperiments.ExperimentState

@Suite struct ExperimentRulesTests {
    private func field(_ make: () throws -> ExperimentDefinition) -> String? {
        do {
            _ = try make()
            return nil
        } catch ExperimentError.invalid(let field, _) {
            return field
        } catch {
            return "\(error)"
        }
    }

    @Test func namesTheFieldThatIsWrong() {
        #expect(field { try .sample(variants: ["only"]) } == "variants")
        #expect(field { try .sample(variants: ["a", "b", "a"]) } == "variants[2]")
        #expect(field { try .sample(split: ["control": 0.5, "question": 0.4]) } == "split")
        #expect(field { try .sample(split: ["control": 0.5]) } == "split.question")
        #expect(field { try .sample(split: ["control": 0.5, "question": 0.5, "other": 0]) } == "split.other")
        #expect(field { try .sample(split: ["control": 1.5, "question": -0.5]) } == "split.control")
        #expect(field { try .sample(split: ["control": 1, "question": 0]) } == "split.question")
        #expect(field { try .sample(split: ["control": .nan, "question": 0.5]) } == "split.control")
        #expect(field { try .sample(split: ["control": 0.99991, "question": 0.00009]) } == "split.question")
        #expect(field { try .sample(coverage: 0) } == "coverage")
        #expect(field { try .sample(coverage: 1.01) } == "coverage")
        #expect(field { try .sample(split: ["control": 0.9999, "question": 0.0001], coverage: 0.00001) } == "coverage")
        #expect(field { try .sample(metrics: [Metric("m", .sum(of: "watch", property: ""))]) } == "metrics[0].property")
        #expect(field { try .sample(metrics: [Metric("m", .count(of: "exposure"))]) } == "metrics[0].event")
        #expect(
            field { try .sample(metrics: [Metric("m", .count(of: "e"), windowMilliseconds: 0)]) }
                == "metrics[0].window_seconds"
        )
        #expect(
            field { try .sample(metrics: [Metric("m", .observation), Metric("m", .observation)]) } == "metrics[1].name"
        )
        #expect(
            field { try ExperimentDefinition(id: "x", name: "", variants: ["a", "b"]) } == "name"
        )
        #expect(
            field { try ExperimentDefinition(id: "x", name: "n", variants: ["a", "b"], control: "c") } == "control"
        )
    }

    @Test func acceptsWhatIsRight() throws {
        #expect(try ExperimentDefinition.sample(variants: ["a", "b"]).control == "a")
        #expect(try ExperimentDefinition.sample(variants: ["a", "control"]).control == "control")
        let split: [Identifier: Double] = ["control": 0.9999, "question": 0.0001]
        #expect(try ExperimentDefinition.sample(split: split).weights == [0.9999, 0.0001])
        // Shares written with few digits need not sum to 1 exactly.
        let thirds: [Identifier: Double] = ["a": 0.333333, "b": 0.333333, "c": 0.333334]
        #expect(try ExperimentDefinition.sample(variants: ["a", "b", "c"], split: thirds).weights.count == 3)
        let many = (0..<ExperimentRules.maximumVariants).map { Identifier(unchecked: "v\($0)") }
        #expect(try ExperimentDefinition.sample(variants: many).variants.count == 1000)
        #expect(throws: ExperimentError.self) { try ExperimentDefinition.sample(variants: many + ["one more"]) }
    }

    private static let transitions: [(ExperimentState, ExperimentCommand, String)] = [
        (.draft, .start, "begin"), (.draft, .pause, "refused"), (.draft, .conclude, "refused"),
        (.running, .start, "none"), (.running, .pause, "suspend"), (.running, .conclude, "end"),
        (.paused, .start, "resume"), (.paused, .pause, "none"), (.paused, .conclude, "end"),
        (.concluded, .start, "refused"), (.concluded, .pause, "refused"), (.concluded, .conclude, "none"),
    ]

    @Test(arguments: transitions)
    func aCommandDoesWhatTheStateAllows(state: ExperimentState, command: ExperimentCommand, expected: String) {
        #expect("\(state.transition(on: command))".hasPrefix(expected))
    }
}
