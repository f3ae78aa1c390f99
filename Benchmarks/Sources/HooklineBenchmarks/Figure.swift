/// One line of the report: something measured, beside what it is measured against.
struct Figure: Codable, Sendable {
    /// What is wanted of a figure. The machine decides the rest, so no number here is a test.
    enum Target: Codable, Sendable {
        case atLeast(Double)
        case atMost(Double)
        case ratioAtLeast(Double)
        case ratioAtMost(Double)
    }

    /// What the measured number is held against: a ceiling that cannot be passed, or a peer that does less.
    struct Reference: Codable, Sendable {
        let name: String
        let value: Double
    }

    let name: String
    let measured: Double
    let unit: String
    var reference: Reference?
    var target: Target?
    /// What else was seen in the same run, by name with its unit.
    var details: [Detail] = []

    struct Detail: Codable, Sendable {
        let name: String
        let value: Double
        var unit = ""
    }

    /// Measured by the reference.
    var ratio: Double? { reference.map { $0.value > 0 ? measured / $0.value : 0 } }

    /// Whether the target is met, nil where there is none.
    var isMet: Bool? {
        switch target {
        case .atLeast(let least): measured >= least
        case .atMost(let most): measured <= most
        case .ratioAtLeast(let least): (ratio ?? 0) >= least
        case .ratioAtMost(let most): ratio.map { $0 <= most } ?? false
        case nil: nil
        }
    }
}

extension Figure {
    /// One line, and one more where there are details.
    var text: String {
        var parts = [name.padded(to: 44), "\(measured.shortText) \(unit)".padded(to: 20)]
        if let reference, let ratio {
            parts.append("\(reference.name) \(reference.value.shortText) \(unit)".padded(to: 48))
            parts.append("ratio \(ratio.shortText)".padded(to: 14))
        } else {
            parts.append("".padded(to: 48))
            parts.append("".padded(to: 14))
        }
        parts.append(targetText.padded(to: 20))
        parts.append(isMet.map { $0 ? "ok" : "below" } ?? "")
        let seen = details.map { "\($0.name) \($0.value.shortText)\($0.unit.isEmpty ? "" : " " + $0.unit)" }
        let lines = [parts.joined(separator: " ")] + (seen.isEmpty ? [] : ["    " + seen.joined(separator: ", ")])
        return lines.joined(separator: "\n")
    }

    private var targetText: String {
        switch target {
        case .atLeast(let least): "target >= \(least.shortText)"
        case .atMost(let most): "target <= \(most.shortText)"
        case .ratioAtLeast(let least): "target ratio >= \(least.shortText)"
        case .ratioAtMost(let most): "target ratio <= \(most.shortText)"
        case nil: ""
        }
    }
}

extension String {
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}

extension Double {
    /// Three digits, with k and M: `1.23M`, `45.6k`, `0.0123`.
    var shortText: String {
        switch magnitude {
        case 1_000_000...: (self / 1_000_000).digits(3) + "M"
        case 10_000...: (self / 1000).digits(3) + "k"
        default: digits(3)
        }
    }

    /// At least so many significant digits, and all of those before the point.
    func digits(_ count: Int) -> String {
        guard isFinite, self != 0 else { return "0" }
        var places = 0
        var scaled = magnitude
        while scaled < 100, places < 6 {
            scaled *= 10
            places += 1
        }
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let rounded = (self * scale).rounded() / scale
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
