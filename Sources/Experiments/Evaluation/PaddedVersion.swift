import HooklinePrimitives

/// A version such as `v1.2.3-rc.1+build`, in a form whose texts are in the order of the versions.
///
/// GrowthBook's SDK specification, `paddedVersionString`: a leading `v` and the build are left out, parts between dots and
/// hyphens that are numbers are padded, and a version of three parts comes after those that go on behind them.
struct PaddedVersion: Equatable, Sendable {
    private let units: [UInt16]

    init(_ value: JSON) {
        let text: String
        switch value {
        case .string(let given) where !given.isEmpty: text = given
        case .integer, .number: text = value.scriptText
        default: text = "0"
        }
        units = Self.padded(text)
    }

    private static func padded(_ text: String) -> [UInt16] {
        var rest = Array(text.utf16)[...]
        if rest.first == UInt16(UInt8(ascii: "v")) { rest.removeFirst() }
        if let plus = rest.firstIndex(of: UInt16(UInt8(ascii: "+"))) { rest = rest[..<plus] }
        let separators = [UInt16(UInt8(ascii: ".")), UInt16(UInt8(ascii: "-"))]
        var parts = rest.split(omittingEmptySubsequences: false) { separators.contains($0) }.map(Array.init)
        if parts.count == 3 { parts.append([UInt16(UInt8(ascii: "~"))]) }
        let padded = parts.map { part -> [UInt16] in
            let isNumber = !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) }
            let missing = isNumber ? max(0, digits - part.count) : 0
            return Array(repeating: UInt16(UInt8(ascii: " ")), count: missing) + part
        }
        return Array(padded.joined(separator: [UInt16(UInt8(ascii: "-"))]))
    }

    private static let digits = 5

    static func < (left: PaddedVersion, right: PaddedVersion) -> Bool {
        left.units.lexicographicallyPrecedes(right.units)
    }
}
