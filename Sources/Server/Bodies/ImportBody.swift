import HooklineExperiments
import HooklinePrimitives

/// The body and the answer of `POST /v1/experiments/import`.
enum ImportBody {
    /// Experiments that can be read, and why others cannot, each with its place in the body.
    static func experiments(
        _ json: JSON
    ) throws -> (imports: [(index: Int, experiment: ImportedExperiment)], refused: [Int: (id: JSON, problem: String)]) {
        let body = try JSONField(json).object()
        try body.allowOnly("experiments")
        var imports: [(index: Int, experiment: ImportedExperiment)] = []
        var refused: [Int: (id: JSON, problem: String)] = [:]
        let elements = try body.required("experiments").elements(maximumCount: Experiments.maximumImports)
        for (index, element) in elements.enumerated() {
            do {
                imports.append((index, try experiment(element)))
            } catch let error as FieldError {
                refused[index] = (element.value["id"] ?? .null, error.description)
            }
        }
        return (imports, refused)
    }

    private static func experiment(_ field: JSONField) throws -> ImportedExperiment {
        let fields = try field.object()
        try fields.allowOnly("id", "name", "description", "metric", "control", "arms")
        let id = try fields.required("id").identifier(maximumBytes: ExperimentRules.maximumIDBytes)
        return ImportedExperiment(
            id: id,
            name: try fields.optional("name")?.string() ?? id.text,
            description: try fields.optional("description")?.string() ?? "",
            metric: try fields.required("metric").identifier(maximumBytes: MetricRules.maximumNameBytes),
            control: try fields.optional("control")?.identifier(),
            arms: try fields.required("arms").elements().map { arm in
                let arm = try arm.object()
                try arm.allowOnly("variant", "trials", "successes")
                return ImportedExperiment.Arm(
                    variant: try arm.required("variant").identifier(maximumBytes: ExperimentRules.maximumVariantBytes),
                    trials: Int64(try arm.required("trials").integer()),
                    successes: Int64(try arm.required("successes").integer())
                )
            }
        )
    }

    static func json(_ outcome: Experiments.ImportOutcome) -> (status: String, problem: String?) {
        switch outcome {
        case .imported: ("imported", nil)
        case .unchanged: ("unchanged", nil)
        case .refused(.exists): ("refused", "an experiment of this id exists with another definition")
        case .refused(.invalid(let field, let problem)): ("refused", "\(field) \(problem)")
        case .refused(let error): ("refused", ErrorResponse(error).problem.detail)
        }
    }
}
