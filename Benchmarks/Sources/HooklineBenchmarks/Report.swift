import Foundation

/// What a run has measured. Figures are printed as they come.
struct Report: Codable {
    var facts: [Figure.Detail] = []
    var notes: [String] = []
    var figures: [Figure] = []

    mutating func add(_ figure: Figure) {
        figures.append(figure)
        print(figure.text)
        fflush(nil)
    }

    mutating func add(_ figures: [Figure]) {
        for figure in figures { add(figure) }
    }

    mutating func add(_ fact: Figure.Detail) {
        facts.append(fact)
        print("\(fact.name): \(fact.value.shortText) \(fact.unit)")
        fflush(nil)
    }

    mutating func note(_ text: String) {
        notes.append(text)
        print(text)
        fflush(nil)
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(fileURLWithPath: path))
    }
}
