import Hummingbird

/// The description of this API, as it is compiled in.
struct OpenAPIRoutes {
    func add(to routes: RouteList) {
        let document = ByteBuffer(bytes: PackageResources.openapi_json)
        routes.open.get("/openapi.json") { _, _ in Response(bytes: document, contentType: "application/json") }
    }
}
