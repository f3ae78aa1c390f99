import ArgumentParser
import HooklinePrimitives

/// `control=0.5,question=0.5`
struct SplitArgument: ExpressibleByArgument, Equatable {
    let shares: [Share]

    struct Share: Equatable {
        let variant: String
        let weight: Double
    }

    init?(argument: String) {
        var shares: [Share] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let equals = part.lastIndex(of: "="), equals > part.startIndex,
                let weight = Double(String(part[part.index(after: equals)...]).trimmed), weight.isFinite
            else { return nil }
            let variant = String(part[..<equals]).trimmed
            guard !shares.contains(where: { $0.variant == variant }) else { return nil }
            shares.append(Share(variant: variant, weight: weight))
        }
        self.shares = shares
    }

    var json: JSON {
        var object = JSONObject()
        for share in shares { object[share.variant] = .number(share.weight) }
        return .object(object)
    }
}

/// `shares`, `click_rate:proportion:click`, `watch_time:sum:watch:seconds`, `use:watch_time` or `use:watch_time:2` for a
/// named metric, or a metric as a JSON object.
struct MetricArgument: ExpressibleByArgument, Equatable {
    let json: JSON

    /// The kinds that need no more than an event, and perhaps a property.
    static let shortKinds = ["proportion", "count", "sum", "mean"]

    init?(argument: String) {
        if argument.utf8.first == UInt8(ascii: "{") {
            guard let json = try? JSON.parse(argument) else { return nil }
            self.json = json
            return
        }
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...4).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        guard parts.count > 1 else {
            json = .string(parts[0])
            return
        }
        if let use = Self.use(parts) {
            json = .object(use)
            return
        }
        // The server says the rest better; these make no sense as a text already.
        guard parts[1] == "observation" ? parts.count == 2 : Self.shortKinds.contains(parts[1]) && parts.count > 2
        else { return nil }
        var object: JSONObject = ["name": .string(parts[0]), "kind": .string(parts[1])]
        if parts.count > 2 { object["event"] = .string(parts[2]) }
        if parts.count > 3 { object["property"] = .string(parts[3]) }
        json = .object(object)
    }

    /// `use:ID` and `use:ID:VERSION`.
    private static func use(_ parts: [String]) -> JSONObject? {
        guard parts[0] == "use" else { return nil }
        if parts.count == 2 { return ["use": .string(parts[1])] }
        guard parts.count == 3, let version = Int(parts[2]) else { return nil }
        return ["use": .string(parts[1]), "version": JSON(version)]
    }
}

/// `user`, `content`, `external`, `attribute:NAME`
struct UnitArgument: ExpressibleByArgument, Equatable {
    let json: JSON

    init?(argument: String) {
        switch argument {
        case "user", "content", "external": json = .string(argument)
        case _ where argument.hasPrefix("attribute:") && argument.utf8.count > "attribute:".utf8.count:
            json = ["attribute": .string(String(argument.dropFirst("attribute:".count)))]
        default: return nil
        }
    }
}

/// `units=20000,analyses=4,minimum_effect=0.05`; the server says what is wrong with the values.
struct PlanArgument: ExpressibleByArgument, Equatable {
    let json: JSON

    init?(argument: String) {
        var object = JSONObject()
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else { return nil }
            let (key, value) = (String(sides[0]).trimmed, String(sides[1]).trimmed)
            guard !key.isEmpty, !value.isEmpty, object[key] == nil else { return nil }
            object[key] = Self.value(value)
        }
        json = .object(object)
    }

    private static func value(_ text: String) -> JSON {
        if text == "true" || text == "false" { return .bool(text == "true") }
        if let whole = Int64(text) { return .integer(whole) }
        if let number = Double(text), number.isFinite { return .number(number) }
        return .string(text)
    }
}
