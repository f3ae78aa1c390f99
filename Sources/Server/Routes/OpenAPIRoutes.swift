import CHooklineOpenAPI
import Hummingbird

/// The description of this API, as it is compiled in.
struct OpenAPIRoutes {
    func add(to routes: RouteList) {
        let document = ByteBuffer(
            bytes: UnsafeBufferPointer(start: hookline_openapi(), count: hookline_openapi_count())
        )
        routes.open.get("/openapi.json") { _, _ in Response(bytes: document, contentType: "application/json") }
    }
}
