/// Which columns of a file hold what.
struct ImportColumns: Sendable, Equatable {
    var experiment = "experiment"
    var variant = "variant"
    var trials = "trials"
    var successes = "successes"
    var name: String?
    var variantName: String?

    /// Where the columns are.
    struct Positions: Sendable, Equatable {
        let experiment: Int
        let variant: Int
        let trials: Int
        let successes: Int
        let name: Int?
        let variantName: Int?
        /// How many fields a record has.
        let count: Int
    }

    /// Finds the columns in the first record of a file.
    ///
    /// - Throws: `CSVError` naming the column that is missing, and those that are there.
    func positions(in header: CSVRecord) throws(CSVError) -> Positions {
        let titles = header.fields.map(\.trimmed)
        func position(_ title: String, _ flag: String) throws(CSVError) -> Int {
            let found = titles.indices.filter { titles[$0] == title }
            guard let first = found.first else {
                throw CSVError(
                    line: header.line,
                    problem: "there is no column '\(title)'; the file has \(Self.list(titles)). "
                        + "Say which one it is with \(flag) COLUMN"
                )
            }
            guard found.count == 1 else {
                throw CSVError(line: header.line, problem: "there are \(found.count) columns '\(title)'")
            }
            return first
        }
        return Positions(
            experiment: try position(experiment, "--experiment"),
            variant: try position(variant, "--variant"),
            trials: try position(trials, "--trials"),
            successes: try position(successes, "--successes"),
            name: try name.map { title throws(CSVError) in try position(title, "--name") },
            variantName: try variantName.map { title throws(CSVError) in try position(title, "--variant-name") },
            count: titles.count
        )
    }

    /// The columns by what they hold, for messages about a field.
    static func list(_ titles: [String]) -> String {
        let shown = titles.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
        return titles.count > 20 ? "\(shown) and \(titles.count - 20) more" : shown
    }
}
