import ArgumentParser
import HooklinePrimitives

/// What `hookline features` and `hookline saved-groups` have alike: they are written and read by the same addresses.
protocol FeaturePartCommand: ClientCommand {
    static var kind: FeatureKindOption { get }
}

protocol ListPartsCommand: FeaturePartCommand {
    var output: OutputOptions { get }
}

extension ListPartsCommand {
    func run(_ client: any Client, _ console: Console) async throws {
        let items = try await client.allItems { cursor in
            ClientRequest(.get, Self.kind.path, query: [("limit", "\(Paging.itemsPerPage)"), ("cursor", cursor)])
        }
        guard output.format == .table else { return console.show(["items": .array(items), "next": nil]) }
        guard !items.isEmpty else { return console.line("There are none.") }
        console.show(FeatureView.table(items, Self.kind))
    }
}

protocol GetPartCommand: FeaturePartCommand {
    var key: String { get }
    var version: Int? { get }
    var output: OutputOptions { get }
}

extension GetPartCommand {
    func run(_ client: any Client, _ console: Console) async throws {
        let request =
            version.map { ClientRequest(.get, Self.kind.path, key, "versions", "\($0)") }
            ?? ClientRequest(.get, Self.kind.path, key)
        FeatureView.show(try await client.json(request), as: output.format, on: console)
    }
}

protocol PutPartCommand: FeaturePartCommand {
    var key: String { get }
    var path: String { get }
    var output: OutputOptions { get }
}

extension PutPartCommand {
    func run(_ client: any Client, _ console: Console) async throws {
        let bytes = try InputFile.contents(of: path, maximumBytes: DefinitionOptions.maximumFileBytes)
        let body: JSON
        do {
            body = try JSON.parse(bytes)
        } catch {
            throw ClientError.unusable("\(path) is no JSON \(error)")
        }
        let written = try await client.json(ClientRequest(.put, Self.kind.path, key, json: body))
        FeatureView.show(written, as: output.format, on: console)
    }
}

protocol DeletePartCommand: FeaturePartCommand {
    var key: String { get }
}

extension DeletePartCommand {
    func run(_ client: any Client, _ console: Console) async throws {
        _ = try await client.succeed(ClientRequest(.delete, Self.kind.path, key))
        console.line("'\(key)' is deleted; its versions stay.")
    }
}

protocol PartVersionsCommand: FeaturePartCommand {
    var key: String { get }
    var output: OutputOptions { get }
}

extension PartVersionsCommand {
    func run(_ client: any Client, _ console: Console) async throws {
        let items = try await client.allItems { cursor in
            let query = [("limit", "\(Paging.itemsPerPage)"), ("cursor", cursor)]
            return ClientRequest(.get, Self.kind.path, key, "versions", query: query)
        }
        guard output.format == .table else { return console.show(["items": .array(items), "next": nil]) }
        console.show(FeatureView.versionTable(items, Self.kind))
    }
}
