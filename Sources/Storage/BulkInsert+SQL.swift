extension BulkInsert {
    /// `ON CONFLICT ...`, which both databases write alike; empty where a conflict is an error.
    package var conflictClause: String {
        switch conflict {
        case .fail: ""
        case .ignore(let key): " ON CONFLICT (\(key.joined(separator: ", "))) DO NOTHING"
        case .replace(let key):
            switch columns.map(\.name).filter({ !key.contains($0) }) {
            case let others where others.isEmpty: " ON CONFLICT (\(key.joined(separator: ", "))) DO NOTHING"
            case let others:
                " ON CONFLICT (\(key.joined(separator: ", "))) DO UPDATE SET "
                    + others.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
            }
        }
    }

    package var columnList: String {
        columns.map(\.name).joined(separator: ", ")
    }

    /// Both databases refuse a row of the wrong width before anything is sent, and alike.
    package func checkWidths() {
        precondition(!columns.isEmpty, "a bulk insert has at least one column")
        precondition(rows.allSatisfy { $0.count == columns.count }, "every row has one value a column")
    }
}
