public import HTTPTypes
public import HooklinePrimitives
public import Hummingbird

extension Response {
    /// An answer with a JSON body.
    public init(
        status: HTTPResponse.Status = .ok,
        json: JSON,
        headers: HTTPFields = [:],
        contentType: String = "application/json"
    ) {
        self.init(status: status, bytes: ByteBuffer(bytes: json.encoded()), contentType: contentType, headers: headers)
    }

    /// An answer with a body that is written already.
    public init(
        status: HTTPResponse.Status = .ok,
        bytes: ByteBuffer,
        contentType: String,
        headers: HTTPFields = [:]
    ) {
        var headers = headers
        headers[.contentType] = contentType
        self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: bytes))
    }

    /// 201 with the new resource, and where it is found.
    public static func created(_ json: JSON, at location: String) -> Response {
        Response(status: .created, json: json, headers: [.location: location])
    }

    /// 204.
    public static var noContent: Response { Response(status: .noContent) }

    /// One page of a list: `{"items": [...], "next": CURSOR or null}`.
    public static func page<Element>(_ page: Page<Element>, _ item: (Element) throws -> JSON) rethrows -> Response {
        Response(json: ["items": .array(try page.items.map(item)), "next": JSON(page.next)])
    }
}
