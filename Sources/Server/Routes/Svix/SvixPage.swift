import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// Lists as Svix writes them: `{"data": [...], "iterator": ..., "prevIterator": null, "done": ...}`.
enum SvixPage {
    static let maximumLimit = 250
    static let defaultLimit = 50

    /// The parameters of every list.
    static let parameters = ["limit", "iterator", "order"]

    enum Order: String, CaseIterable {
        case ascending
        case descending
    }

    /// Which page is asked for. Each list has one order.
    ///
    /// Of items that may be large, a page holds fewer than asked for.
    static func request(
        _ query: QueryParameters,
        order: Order,
        isLarge: Bool = false
    ) throws(RequestError) -> PageRequest {
        let given = try query.choice("order", of: Order.self)
        guard given == nil || given == order else {
            throw .invalid(field: "order", problem: "is not supported here", accepted: order.rawValue)
        }
        let asked = try query.integer("limit", in: 1...maximumLimit) ?? defaultLimit
        let limit = isLarge ? min(asked, QueryParameters.maximumLargeItems) : asked
        let iterator = query["iterator"]
        guard iterator?.hasPrefix("-") != true else {
            throw .invalid(
                field: "iterator",
                problem: "leads backwards, which is not supported",
                accepted: "the 'iterator' of a page"
            )
        }
        return PageRequest(after: iterator.flatMap { $0.isEmpty ? nil : $0 }, limit: limit)
    }

    static func response<Element>(_ page: Page<Element>, _ item: (Element) throws -> JSON) rethrows -> Response {
        Response(
            json: [
                "data": .array(try page.items.map(item)),
                "iterator": JSON(page.next),
                "prevIterator": nil,
                "done": .bool(page.next == nil),
            ]
        )
    }
}

extension QueryParameters {
    /// `true` or `false`; nil where it is not given.
    func flag(_ name: String) throws(RequestError) -> Bool? {
        switch self[name] {
        case nil: return nil
        case "true"?, "1"?: return true
        case "false"?, "0"?: return false
        case let text?: throw .invalid(field: name, problem: "is '\(text)'", accepted: "true or false")
        }
    }

    /// Refuses a filter that Hookline has no data for, rather than answer what was not asked.
    func refuse(_ name: String, because reason: String, unless accepted: String? = nil) throws(RequestError) {
        guard let value = self[name], value != accepted else { return }
        throw .invalid(field: name, problem: "is not supported: \(reason)", accepted: "no '\(name)'")
    }
}
