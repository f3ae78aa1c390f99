import HooklinePrimitives

/// What of a file can be sent, and what not.
struct ImportPlan: Sendable {
    struct Refusal: Sendable, Equatable {
        let id: String
        let line: Int
        let problem: String
    }

    private(set) var accepted: [ImportSheet.Experiment] = []
    private(set) var refused: [Refusal] = []

    /// The most experiments of one request.
    static let experimentsPerRequest = 1000
    /// Some less than the largest body that a server takes.
    static let bytesPerRequest = 3 * 1024 * 1024
    /// Of an experiment's description; the server takes no longer one.
    static let maximumDescriptionBytes = 8192

    init(_ sheet: ImportSheet) {
        for experiment in sheet.experiments {
            if let problem = Self.problem(of: experiment) {
                refused.append(Refusal(id: experiment.id, line: experiment.line, problem: problem))
            } else {
                accepted.append(experiment)
            }
        }
    }

    private static func problem(of experiment: ImportSheet.Experiment) -> String? {
        var lines: [Identifier: Int] = [:]
        for arm in experiment.arms {
            if let earlier = lines.updateValue(arm.line, forKey: Identifier(unchecked: arm.variant)) {
                return "the variant '\(arm.variant)' has two records, in the lines \(earlier) and \(arm.line)"
            }
        }
        guard experiment.arms.count >= 2 else {
            return "has one arm only, '\(experiment.arms[0].variant)': there is nothing to compare it with"
        }
        return nil
    }

    /// The bodies of the requests, each with the experiments that it holds.
    func requests(metric: String, control: String?) -> [(
        experiments: ArraySlice<ImportSheet.Experiment>, body: [UInt8]
    )] {
        var requests: [(experiments: ArraySlice<ImportSheet.Experiment>, body: [UInt8])] = []
        var start = 0
        var body: [UInt8] = []
        func end(_ index: Int) {
            guard index > start else { return }
            requests.append((accepted[start..<index], Array(#"{"experiments":["#.utf8) + body + Array("]}".utf8)))
            (start, body) = (index, [])
        }
        for (index, experiment) in accepted.enumerated() {
            let bytes = Self.json(experiment, metric: metric, control: control).encoded()
            if index - start == Self.experimentsPerRequest || body.count + bytes.count > Self.bytesPerRequest {
                end(index)
            }
            if index > start { body.append(UInt8(ascii: ",")) }
            body += bytes
        }
        end(accepted.count)
        return requests
    }

    static func json(_ experiment: ImportSheet.Experiment, metric: String, control: String?) -> JSON {
        var object: JSONObject = ["id": .string(experiment.id), "metric": .string(metric)]
        if !experiment.name.isEmpty { object["name"] = .string(experiment.name) }
        let description = description(of: experiment)
        if !description.isEmpty { object["description"] = .string(description) }
        if let control { object["control"] = .string(control) }
        object["arms"] = .array(
            experiment.arms.map { arm in
                [
                    "variant": .string(arm.variant), "trials": .integer(arm.trials),
                    "successes": .integer(arm.successes),
                ]
            }
        )
        return .object(object)
    }

    /// What each variant was, a line each, as far as there is room.
    private static func description(of experiment: ImportSheet.Experiment) -> String {
        var text = ""
        for arm in experiment.arms where !arm.name.isEmpty {
            let line = "\(text.isEmpty ? "" : "\n")\(arm.variant): \(arm.name)"
            guard text.utf8.count + line.utf8.count <= maximumDescriptionBytes else { break }
            text += line
        }
        return text
    }
}
