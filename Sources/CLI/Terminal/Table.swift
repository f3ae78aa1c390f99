/// Rows in aligned columns.
struct Table: Sendable {
    enum Alignment: Sendable { case left, right }

    struct Column: Sendable {
        let title: String
        var alignment = Alignment.left
        /// Whether long texts may be cut to make the table fit. Numbers never are.
        var isElastic = false

        static func text(_ title: String, isElastic: Bool = false) -> Column {
            Column(title: title, isElastic: isElastic)
        }
        static func number(_ title: String) -> Column { Column(title: title, alignment: .right) }
    }

    struct Row: Sendable {
        var cells: [String]
        var colour: Style.Colour?
    }

    let columns: [Column]
    private(set) var rows: [Row] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// - Parameter cells: as many as there are columns; an empty one is shown as such.
    mutating func add(_ cells: [String], colour: Style.Colour? = nil) {
        precondition(cells.count == columns.count, "a row has a cell for every column")
        rows.append(Row(cells: cells.map(\.withoutControls), colour: colour))
    }

    /// The lines, the titles first.
    ///
    /// - Parameters:
    ///   - width: to fit in, as far as the elastic columns allow; nil for no limit.
    ///   - cutsLines: whether what is still too long is cut rather than left to the terminal to break.
    func lines(width: Int? = nil, style: Style = Style(isOn: false), cutsLines: Bool = false) -> [String] {
        let widths = fitted(to: width)
        let longest = cutsLines ? width ?? .max : .max
        let titles = line(columns.map(\.title), widths).cut(toWidth: longest)
        return [style(.dim, titles)] + rows.map { style($0.colour, line($0.cells, widths).cut(toWidth: longest)) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for (index, cell) in cells.enumerated() {
            let shown = cell.cut(toWidth: widths[index])
            let padding = String(repeating: " ", count: widths[index] - shown.displayWidth)
            text += index == 0 ? "" : Self.gap
            text += columns[index].alignment == .right ? padding + shown : shown + padding
        }
        while text.last == " " { text.removeLast() }
        return text
    }

    private func fitted(to limit: Int?) -> [Int] {
        var widths = columns.indices.map { index in
            rows.reduce(columns[index].title.displayWidth) { max($0, $1.cells[index].displayWidth) }
        }
        guard let limit else { return widths }
        var excess = widths.reduce(0, +) + Self.gap.count * (widths.count - 1) - limit
        // The widest gives first, so that short names stay whole.
        while excess > 0 {
            let candidates = columns.indices.filter { columns[$0].isElastic && widths[$0] > Self.minimumElasticWidth }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private static let gap = "  "
    private static let minimumElasticWidth = 8
}

extension Console {
    func show(_ table: Table) {
        for text in table.lines(width: columns(), style: style) { line(text) }
    }

    /// Names and values below each other.
    func show(_ pairs: [(name: String, value: String)]) {
        let width = pairs.reduce(0) { max($0, $1.name.displayWidth) }
        for (name, value) in pairs {
            let padding = String(repeating: " ", count: width - name.displayWidth)
            line("\(style(.dim, name))\(padding)  \(value.withoutControls)")
        }
    }
}
