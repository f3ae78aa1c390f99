public import HooklinePrimitives
public import Hummingbird
import NIOCore

extension Request {
    /// What a body is, as its sender declares it.
    public enum BodyKind: Sendable, Equatable {
        case json
        /// One JSON value a line.
        case ndjson
    }

    /// The kind of the body; JSON where nothing is said.
    ///
    /// - Throws: `BodyError.unsupportedMediaType` for any other kind than those of `accepted`.
    public func bodyKind(accepted: [BodyKind] = [.json]) throws(BodyError) -> BodyKind {
        guard let given = headers[.contentType] else { return .json }
        if given == "application/json", accepted.contains(.json) { return .json }
        let mediaType = given.prefix { $0 != ";" }.trimmed.lowercased()
        let kind: BodyKind? =
            switch mediaType {
            case "application/json", "text/json": .json
            // What curl and Python's urllib declare where nobody asked them to: it says nothing of the body. A page of
            // another origin gains nothing by it, as it cannot send a key without a preflight.
            case "application/x-www-form-urlencoded": .json
            case "application/x-ndjson", "application/ndjson", "application/jsonl": .ndjson
            case _ where mediaType.hasPrefix("application/") && mediaType.hasSuffix("+json"): .json
            default: nil
            }
        guard let kind, accepted.contains(kind) else {
            let names = accepted.map { $0 == .json ? "application/json" : "application/x-ndjson" }
            throw .unsupportedMediaType(found: given, accepted: names.joined(separator: " or "))
        }
        return kind
    }

    /// All bytes of the body.
    ///
    /// - Throws: `BodyError.tooLarge` as soon as that is known, and `BodyError.incomplete` where the body
    ///   ends before its announced length.
    public func collectedBody(
        maximumBytes: Int = ServerLimits.maximumBodyBytes
    ) async throws -> ByteBuffer {
        let announced = headers[.contentLength].flatMap { Int($0) }
        if let announced, announced > maximumBytes { throw BodyError.tooLarge(maximumBytes: maximumBytes) }
        var collected = ByteBuffer()
        do {
            for try await part in body {
                guard collected.readableBytes + part.readableBytes <= maximumBytes else {
                    throw BodyError.tooLarge(maximumBytes: maximumBytes)
                }
                if collected.readableBytes == 0 { collected = part } else { collected.writeImmutableBuffer(part) }
            }
        } catch let error as BodyError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            // Reading fails only by what the client does: it hangs up, or frames its chunks wrongly.
            throw BodyError.broken
        }
        if let announced, announced != collected.readableBytes {
            throw BodyError.incomplete(announcedBytes: announced, receivedBytes: collected.readableBytes)
        }
        return collected
    }

    /// The body as one JSON value.
    ///
    /// - Throws: `BodyError` as above and where there is no body, `JSONError` where it is no JSON.
    ///
    /// A route that knows its fields reads them with `JSONField(try await request.json()).object()`.
    public func json(maximumBytes: Int = ServerLimits.maximumBodyBytes) async throws -> JSON {
        _ = try bodyKind()
        let bytes = try await collectedBody(maximumBytes: maximumBytes)
        guard bytes.readableBytes > 0 else { throw BodyError.missing }
        return try JSON.parse(bytes.readableBytesView)
    }

    /// The same, and nil where there is no body: for requests that mean something without one.
    public func optionalJSON(maximumBytes: Int = ServerLimits.maximumBodyBytes) async throws -> JSON? {
        let bytes = try await collectedBody(maximumBytes: maximumBytes)
        guard bytes.readableBytes > 0 else { return nil }
        _ = try bodyKind()
        return try JSON.parse(bytes.readableBytesView)
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
