/// How names, labels and numbers are written in Prometheus' text format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats and /docs/concepts/data_model).
enum PrometheusText {
    /// A name of the grammar `[a-zA-Z_:][a-zA-Z0-9_:]*`: every other character becomes an underscore.
    static func metricName(_ label: String) -> String { sanitised(label, allowsColon: true) }

    /// A name of the grammar `[a-zA-Z_][a-zA-Z0-9_]*`.
    ///
    /// Names that begin with two underscores are Prometheus' own, and `le` is the bucket of a histogram: they get the
    /// prefix that Prometheus itself gives to labels in conflict.
    static func labelName(_ name: String) -> String {
        let name = sanitised(name, allowsColon: false)
        return name == "le" || name.hasPrefix("__") ? "exported_" + name : name
    }

    /// `a="1",b="2"`, sorted by name, so that the order of dimensions makes no other series.
    ///
    /// Of two dimensions whose names become the same, the first counts: Prometheus refuses a label that is there twice.
    static func labels(_ dimensions: [(String, String)]) -> String {
        var values: [String: String] = [:]
        for (name, value) in dimensions {
            let name = labelName(name)
            if values[name] == nil { values[name] = String(value.unicodeScalars.prefix(maximumLabelScalars)) }
        }
        return values.sorted { $0.key < $1.key }.map { "\($0)=\"\(escaped($1, quote: true))\"" }.joined(separator: ",")
    }

    /// A line `# HELP`.
    static func help(_ name: String, _ text: String) -> String { "# HELP \(name) \(escaped(text, quote: false))\n" }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value.description
    }

    /// A line with one value.
    static func sample(_ name: String, _ labels: String, _ value: String) -> String {
        labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    /// How much of a label's value is kept.
    static let maximumLabelScalars = 256

    private static func sanitised(_ text: String, allowsColon: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
            case ":" where allowsColon: result.unicodeScalars.append(scalar)
            case "0"..."9":
                if result.isEmpty { result.append("_") }
                result.unicodeScalars.append(scalar)
            default: result.append("_")
            }
        }
        return result.isEmpty ? "_" : result
    }

    private static func escaped(_ text: String, quote: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quote: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
