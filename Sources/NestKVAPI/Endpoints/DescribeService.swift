import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

extension Route {
    /// `GET /`: describes the service, its entry points and where to continue.
    static let service = Route(.get, "/", needs: .read, parameters: ["pretty"]) { call in
        let limit = 1000
        let names = try await call.store.names(below: .root, after: nil, limit: limit + 1)
        return try call.json { writer in
            writer.member("name", call.api.service.name)
            writer.member("version", call.api.service.version)
            writer.member("store", call.api.service.store)
            writer.array("entryPoints", of: names.prefix(limit)) { $0.string(utf8: $1) }
            if names.count > limit { writer.member("hasMoreEntryPoints", true) }
            writer.object("links") { writer in
                for route in API.routes
                where route.method == .get && ReservedKeys.contain(route.path.utf8.dropFirst())
                    && !route.path.contains("{")
                {
                    writer.member(named: String(route.path.dropFirst(2)), route.path)
                }
            }
        }
    }

    /// `GET /_metrics`: returns the service's metrics for Prometheus.
    static let metrics = Route(.get, "/_metrics", needs: .read) { call in
        Response(
            status: 200,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: Array(await call.api.service.metrics().utf8))
    }

    /// `GET /_openapi.json`.
    static let openAPIJSON = Route(.get, "/_openapi.json", needs: .open) { call in
        try call.response(OpenAPI.json, MediaType.json, etag: openAPIJSONTag)
    }

    /// `GET /_openapi.yaml`.
    static let openAPIYAML = Route(.get, "/_openapi.yaml", needs: .open) { call in
        try call.response(OpenAPI.yaml, "application/yaml", etag: openAPIYAMLTag)
    }

    private static let openAPIJSONTag = EntityTag(ofBytes: OpenAPI.json)
    private static let openAPIYAMLTag = EntityTag(ofBytes: OpenAPI.yaml)
}
