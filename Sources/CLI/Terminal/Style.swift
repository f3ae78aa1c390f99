/// Colours, where the terminal is to have them.
struct Style: Sendable {
    let isOn: Bool

    enum Colour: Sendable {
        case bold, dim, green, yellow, red

        var code: Int {
            switch self {
            case .bold: 1
            case .dim: 2
            case .red: 31
            case .green: 32
            case .yellow: 33
            }
        }
    }

    func callAsFunction(_ colour: Colour?, _ text: String) -> String {
        guard isOn, let colour else { return text }
        return "\u{1B}[\(colour.code)m\(text)\u{1B}[0m"
    }
}

extension String {
    /// On one line and without what a terminal would take for a command: names come from others.
    var withoutControls: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n", "\r", "\t": text.append(" ")
            case _ where scalar.properties.generalCategory == .control: text.append("\u{FFFD}")
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
