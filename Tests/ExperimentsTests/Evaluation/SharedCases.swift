import Foundation
import HooklinePrimitives
import Testing

@testable import HooklineExperiments

/// The cases that every GrowthBook SDK must pass: `growthbook/cases.json`, specification 0.8.0.
enum SharedCases {
    /// One case: the section, its number there, its name and what else it has.
    struct Case: CustomTestStringConvertible, Sendable {
        let section: String
        let number: Int
        let row: [JSON]

        var testDescription: String { "\(section)[\(number)] \(row[0].string ?? row[0].text)" }

        func at(_ index: Int) -> JSON { row.indices.contains(index) ? row[index] : .null }
    }

    private static let file: JSON? = {
        guard let bytes = try? TestData.bytes("growthbook/cases.json") else { return nil }
        return try? JSON.parse(bytes)
    }()

    static var version: String? { file?["specVersion"]?.string }

    static func of(_ section: String) -> [Case] {
        (file?[section]?.array ?? []).enumerated().map { Case(section: section, number: $0, row: $1.array ?? []) }
    }

    static var count: Int {
        (file?.object ?? [:]).reduce(0) { $0 + ($1.value.array?.count ?? 0) }
    }
}
