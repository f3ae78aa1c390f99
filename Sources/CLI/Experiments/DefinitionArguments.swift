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

/// `shares`, `click_rate:proportion:click`, `watch_time:sum:watch:seconds`
struct MetricArgument: ExpressibleByArgument, Equatable {
    let name: String
    /// Nil for a metric whose numbers are posted.
    let kind: String?
    let event: String?
    let property: String?

    static let foldedKinds = ["proportion", "count", "sum", "mean"]

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...4).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        name = parts[0]
        kind = parts.count > 1 ? parts[1] : nil
        event = parts.count > 2 ? parts[2] : nil
        property = parts.count > 3 ? parts[3] : nil
        // The server says the rest better; these make no sense as a text already.
        if let kind {
            guard kind == "observation" ? event == nil : Self.foldedKinds.contains(kind) && event != nil else {
                return nil
            }
        }
    }

    var json: JSON {
        guard let kind else { return .string(name) }
        var object: JSONObject = ["name": .string(name), "kind": .string(kind)]
        if let event { object["event"] = .string(event) }
        if let property { object["property"] = .string(property) }
        return .object(object)
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
