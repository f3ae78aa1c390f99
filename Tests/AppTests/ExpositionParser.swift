/// A strict reader of Prometheus' text format 0.0.4, for tests.
struct ExpositionParser {
    struct Sample: Hashable {
        let name: String
        let labels: [String: String]
    }

    private(set) var types: [String: String] = [:]
    private(set) var help: [String: String] = [:]
    private(set) var values: [Sample: Double] = [:]
    /// What breaks the format, a line each.
    private(set) var problems: [String] = []
    private var finished: Set<String> = []
    private var current = ""

    init(_ text: String) {
        if !text.isEmpty, !text.hasSuffix("\n") { problems.append("the last line has no end") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() { read(line) }
        checkHistograms()
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        values[Sample(name: name, labels: labels)]
    }

    private mutating func read(_ line: Substring) {
        if line.hasPrefix("# HELP ") || line.hasPrefix("# TYPE ") {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            guard words.count == 4 else { return problems.append("incomplete: \(line)") }
            begin(words[2])
            if words[1] == "HELP" {
                if help.updateValue(words[3], forKey: words[2]) != nil { problems.append("twice: \(line)") }
            } else {
                if types.updateValue(words[3], forKey: words[2]) != nil { problems.append("twice: \(line)") }
            }
        } else if let sample = parseSample(line) {
            if sample.name.wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) == nil { problems.append("name: \(line)") }
            begin(family(of: sample.name))
            if values.updateValue(sample.value, forKey: Sample(name: sample.name, labels: sample.labels)) != nil {
                problems.append("twice: \(line)")
            }
        } else {
            problems.append("not a sample: \(line)")
        }
    }

    /// All lines of one metric must stand together.
    private mutating func begin(_ family: String) {
        guard family != current else { return }
        if !finished.insert(family).inserted { problems.append("\(family) is in two places") }
        current = family
    }

    private func family(of name: String) -> String {
        for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
            let base = String(name.dropLast(suffix.count))
            if types[base] == "histogram" { return base }
        }
        return name
    }

    private func parseSample(_ line: Substring) -> (name: String, labels: [String: String], value: Double)? {
        guard let match = line.wholeMatch(of: /([^{ ]+)(?:\{(.*)\})? ([^ ]+)/) else { return nil }
        guard let value = Self.number(String(match.3)) else { return nil }
        guard let text = match.2 else { return (String(match.1), [:], value) }
        var labels: [String: String] = [:]
        var rest = text
        while let label = rest.prefixMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/) {
            guard labels.updateValue(Self.unescaped(label.2), forKey: String(label.1)) == nil else { return nil }
            rest = rest[label.range.upperBound...]
            if label.3 == "" { return rest.isEmpty ? (String(match.1), labels, value) : nil }
        }
        return nil
    }

    private static func unescaped(_ text: Substring) -> String {
        String(text.replacing(/\\(.)/) { $0.1 == "n" ? "\n" : String($0.1) })
    }

    private static func number(_ text: String) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.wholeMatch(of: /[-+0-9.eE]+/) == nil ? nil : Double(text)
        }
    }

    /// Buckets are cumulative, the last is that of infinity, and it is the count.
    private mutating func checkHistograms() {
        for (name, type) in types where type == "histogram" {
            for (sample, count) in values where sample.name == name + "_count" {
                let buckets = values.filter { bucket, _ in
                    bucket.name == name + "_bucket" && bucket.labels.filter { $0.key != "le" } == sample.labels
                }
                let ordered = buckets.sorted { left, right in
                    Self.number(left.key.labels["le"] ?? "")! < Self.number(right.key.labels["le"] ?? "")!
                }
                if ordered.map(\.value) != ordered.map(\.value).sorted() { problems.append("\(name) falls") }
                if ordered.last?.key.labels["le"] != "+Inf" { problems.append("\(name) has no last bucket") }
                if ordered.last?.value != count { problems.append("\(name) does not add up") }
                if value(name + "_sum", sample.labels) == nil { problems.append("\(name) has no sum") }
            }
        }
    }
}
