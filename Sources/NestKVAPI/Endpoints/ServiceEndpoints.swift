import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

extension Route {
    /// `GET /`: describes the service, its entry points and where to continue.
    static let service = Route(.get, "/", parameters: ["pretty"]) { call in
        let limit = 1000
        let names = try await call.store.names(below: .root, after: nil, limit: limit + 1)
        return try call.json { writer in
            writer.name("name")
            writer.string(call.api.service.name)
            writer.name("version")
            writer.string(call.api.service.version)
            writer.name("store")
            writer.string(call.api.service.store)
            writer.name("entryPoints")
            writer.beginArray()
            for name in names.prefix(limit) { writer.string(utf8: name) }
            writer.endArray()
            if names.count > limit {
                writer.name("hasMoreEntryPoints")
                writer.bool(true)
            }
            writer.name("links")
            writer.beginObject()
            for route in API.routes
            where route.method == .get && route.path.hasPrefix("/_") && !route.path.contains("{") {
                writer.name(utf8: route.path.dropFirst(2).utf8)
                writer.string(route.path)
            }
            writer.endObject()
        }
    }

    /// `GET /_health/live`: 200 if the process answers.
    static let liveness = Route(.get, "/_health/live", parameters: ["pretty"]) { call in
        try call.json { writer in
            writer.name("status")
            writer.string("live")
        }
    }

    /// `GET /_health/ready`: 200 if the store can serve requests, otherwise 503.
    static let readiness = Route(.get, "/_health/ready", parameters: ["pretty"]) { call in
        let health = await call.store.health()
        var response = try call.json { writer in
            writer.name("status")
            writer.string(health.status)
            writer.name("stores")
            writer.beginArray()
            writer.beginObject()
            writer.name("driver")
            writer.string(call.store.capabilities.driver)
            writer.name("canRead")
            writer.bool(health.canRead)
            writer.name("canWrite")
            writer.bool(health.canWrite)
            if let problem = health.problem {
                writer.name("problem")
                writer.string(problem)
            }
            if let since = health.since {
                writer.name("since")
                writer.string(since.rfc3339)
            }
            writer.endObject()
            writer.endArray()
        }
        if !health.isReady {
            response.status = 503
            response.add(.retryAfter, "1")
        }
        return response
    }

    /// `GET /_metrics`: returns the service's metrics for Prometheus.
    static let metrics = Route(.get, "/_metrics") { call in
        Response(
            status: 200,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: Array(await call.api.service.metrics().utf8))
    }

    /// `GET /_capabilities`: returns the store's abilities and guarantees, and all limits.
    static let capabilities = Route(.get, "/_capabilities", parameters: ["pretty"]) { call in
        let capabilities = call.store.capabilities
        let limits = call.store.limits
        return try call.json { writer in
            writer.name("stores")
            writer.beginArray()
            writer.beginObject()
            writer.name("driver")
            writer.string(capabilities.driver)
            writer.name("durability")
            writer.string(capabilities.durability.rawValue)
            writer.name("atomicity")
            writer.string(capabilities.atomicity.rawValue)
            writer.name("leavesPerCommit")
            writer.limit(capabilities.leavesPerCommit)
            writer.name("shared")
            writer.bool(capabilities.isShared)
            writer.name("historyDepth")
            writer.integer(capabilities.historyDepth)
            writer.name("feedRetention")
            writer.beginObject()
            writer.name("changes")
            writer.limit(capabilities.feedRetention.count)
            writer.name("bytes")
            writer.limit(capabilities.feedRetention.bytes)
            writer.name("seconds")
            writer.limit(Int(capabilities.feedRetention.age.components.seconds))
            writer.endObject()
            writer.exceptions(capabilities.exceptions)
            writer.endObject()
            writer.endArray()
            writer.name("limits")
            writer.beginObject()
            let all =
                [
                    ("keySegments", limits.keys.segments), ("keyBytes", limits.keys.bytes),
                    ("valueBytes", limits.valueBytes), ("valueDepth", limits.valueDepth),
                    ("exponentDigits", JSONLimits.exponentDigits),
                    ("composedBytes", limits.composedBytes), ("leavesPerRequest", limits.leaves),
                    ("operations", call.api.operationsLimit), ("batchBytes", call.api.batchBytes),
                    ("keysPerPage", KeyQuery.mostKeys), ("leavesPerPage", KeyQuery.mostExamined),
                    ("entryBytesPerPage", KeyQuery.mostBytes),
                    ("patternBytes", Glob.mostBytes), ("payloadPaths", Payload.mostPaths),
                ] + call.api.service.httpLimits.map { ($0.name, $0.value) }
            for (name, value) in all {
                writer.name(utf8: name.utf8)
                writer.integer(value)
            }
            writer.endObject()
        }
    }

    /// `GET /_openapi.json`.
    static let openAPIJSON = Route(.get, "/_openapi.json") { _ in
        Response(status: 200, headers: [.contentType: "application/json"], body: OpenAPI.json)
    }

    /// `GET /_openapi.yaml`.
    static let openAPIYAML = Route(.get, "/_openapi.yaml") { _ in
        Response(status: 200, headers: [.contentType: "application/yaml"], body: OpenAPI.yaml)
    }
}

extension JSONWriter {
    /// Writes the entry points with weaker guarantees; omitted when the list is empty.
    fileprivate mutating func exceptions(_ exceptions: [EntryPointException]) {
        guard !exceptions.isEmpty else { return }
        name("exceptions")
        beginArray()
        for exception in exceptions {
            beginObject()
            name("entryPoint")
            string(String(decoding: exception.name, as: UTF8.self))
            name("atomicity")
            string(exception.atomicity.rawValue)
            name("slowReads")
            bool(exception.isReadSlowly)
            endObject()
        }
        endArray()
    }

    /// Writes a limit, or `null` for no limit.
    fileprivate mutating func limit(_ limit: Int?) {
        if let limit, limit < .max { integer(limit) } else { null() }
    }
}

extension Call {
    /// A response with one JSON object.
    func json(_ write: (inout JSONWriter) -> Void) throws(Problem) -> Response {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        write(&writer)
        writer.endObject()
        return Response(
            status: 200, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            // The reply is sent in any case, unformatted if it would be too long.
            body: isPretty ? writer.text.pretty(maximumBytes: store.limits.composedBytes) ?? writer.bytes : writer.bytes
        )
    }
}

extension DriverHealth {
    /// The state in one word.
    fileprivate var status: String {
        if !canRead { return "unavailable" }
        if isDamaged { return "damaged" }
        return canWrite ? "ready" : "read-only"
    }
}
