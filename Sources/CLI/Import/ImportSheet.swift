import HooklinePrimitives

/// The experiments of a file, gathered from its records.
///
/// The records of an experiment need not follow each other.
struct ImportSheet: Sendable {
    struct Arm: Sendable, Equatable {
        let variant: String
        let trials: Int64
        let successes: Int64
        let name: String
        let line: Int
    }

    struct Experiment: Sendable, Equatable {
        let id: String
        let line: Int
        var name = ""
        var arms: [Arm] = []
    }

    let columns: ImportColumns
    private var positions: ImportColumns.Positions?
    private var places: [Identifier: Int] = [:]
    /// In the order of their first records.
    private(set) var experiments: [Experiment] = []
    /// Records after the header.
    private(set) var records = 0
    /// What is wrong with single records.
    private(set) var problems: [CSVError] = []

    /// More are held in memory at once than a studio runs in a century.
    static let maximumRecords = 1_000_000
    /// After so many problems the file is another one than was meant.
    static let maximumProblems = 10

    init(_ columns: ImportColumns) {
        self.columns = columns
    }

    /// Takes the next record; the first one is the header.
    ///
    /// - Throws: `CSVError` where going on makes no sense.
    mutating func add(_ record: CSVRecord) throws(CSVError) {
        guard let positions else {
            self.positions = try columns.positions(in: record)
            return
        }
        records += 1
        guard records <= Self.maximumRecords else {
            throw CSVError(line: record.line, problem: "the file has more than \(Self.maximumRecords) records")
        }
        do {
            try add(record, positions)
        } catch {
            problems.append(error)
            if problems.count >= Self.maximumProblems {
                throw CSVError(line: record.line, problem: "too many problems")
            }
        }
    }

    private mutating func add(_ record: CSVRecord, _ positions: ImportColumns.Positions) throws(CSVError) {
        guard record.fields.count == positions.count else {
            throw CSVError(
                line: record.line,
                problem: "has \(NumberText.count(record.fields.count, "field")); the header has \(positions.count)"
            )
        }
        let id = record.fields[positions.experiment]
        let trials = try Self.count(record, positions.trials, columns.trials)
        let successes = try Self.count(record, positions.successes, columns.successes)
        guard successes <= trials else {
            throw CSVError(
                line: record.line,
                problem: "column '\(columns.successes)' is \(successes), more than '\(columns.trials)', \(trials)"
            )
        }
        let arm = Arm(
            variant: try Self.text(record, positions.variant, columns.variant),
            trials: trials,
            successes: successes,
            name: positions.variantName.map { record.fields[$0].trimmed } ?? "",
            line: record.line
        )
        guard !id.trimmed.isEmpty else {
            throw CSVError(line: record.line, problem: "column '\(columns.experiment)' is empty")
        }
        let key = Identifier(unchecked: id)
        let place = places[key] ?? experiments.count
        if place == experiments.count {
            places[key] = place
            experiments.append(Experiment(id: id, line: record.line))
        }
        if experiments[place].name.isEmpty, let name = positions.name {
            experiments[place].name = record.fields[name].trimmed
        }
        experiments[place].arms.append(arm)
    }

    private static func text(_ record: CSVRecord, _ position: Int, _ title: String) throws(CSVError) -> String {
        guard !record.fields[position].trimmed.isEmpty else {
            throw CSVError(line: record.line, problem: "column '\(title)' is empty")
        }
        return record.fields[position]
    }

    private static func count(_ record: CSVRecord, _ position: Int, _ title: String) throws(CSVError) -> Int64 {
        var text = record.fields[position].trimmed
        // Spreadsheets and data frames write whole numbers so where a column had gaps.
        if text.hasSuffix(".0") { text.removeLast(2) }
        guard let number = Int64(text), number >= 0, text.first != "+" else {
            let shown = text.isEmpty ? "empty" : "'\(text.cut(toWidth: 40))'"
            throw CSVError(
                line: record.line,
                problem: "column '\(title)' is \(shown); accepted is a whole number from 0 on"
            )
        }
        return number
    }

    /// To be called after the last record.
    ///
    /// - Throws: `CSVError` where the file has no header or nothing after it.
    func checkNotEmpty() throws(CSVError) {
        guard positions != nil else { throw CSVError(line: 1, problem: "the file is empty; it begins with a header") }
        guard records > 0 else { throw CSVError(line: 2, problem: "there is nothing after the header") }
    }
}
