extension Scenario {
    /// `http-api.md`, The service's own paths; and pages of other origins.
    static let service = [
        Scenario(
            "GET / returns name, version, store, entry points and links",
            put("/a", "1").gives(201),
            Step("GET", "/").gives(200).part("/name", #""nestkv""#).containing(#""{e}""#)
                .part("/links/capabilities", #""/_capabilities""#).part("/links/health~1live", #""/_health/live""#),
            Step("HEAD", "/").gives(200, ""),
            Step("GET", "/?pretty").gives(200).containing("\n  \"name\": \"nestkv\"")),
        Scenario(
            "the service is live and ready",
            Step("GET", "/_health/live").gives(200, json: #"{"status":"live"}"#),
            Step("HEAD", "/_health/live").gives(200, ""),
            Step("GET", "/_health/ready").gives(200).part("/status", #""ready""#).part("/stores/0/canWrite", "true")),
        Scenario(
            "/_capabilities publishes what the store guarantees and all limits",
            Step("GET", "/_capabilities").gives(200).part("/limits/keySegments", "64").part("/limits/keyBytes", "1024")
                .part("/limits/valueBytes", "1048576").part("/limits/valueDepth", "512")
                .part("/limits/composedBytes", "67108864")),
        Scenario(
            "the specification is served as JSON and as YAML",
            Step("GET", "/_openapi.json").gives(200).header("Content-Type", "application/json")
                .part("/info/title", #""nestkv""#),
            Step("GET", "/_openapi.yaml").gives(200).header("Content-Type", "application/yaml")
                .containing("openapi: 3.1")),
        Scenario(
            "a client that has the specification is not sent it again",
            Step("GET", "/_openapi.json").with("If-None-Match", "*").gives(304, ""),
            Step("GET", "/_openapi.yaml").with("If-None-Match", "\"b-0\"").gives(200).containing("openapi: 3.1"),
            Step("GET", "/_openapi.yaml").with("If-Match", "\"b-0\"").fails(412, "precondition-failed")),
        Scenario(
            "an unknown path of the service is 404, and its detail says where to look",
            Step("GET", "/_nothing").fails(404, "unknown-path"),
            Step("GET", "/_health").fails(404, "unknown-path"),
            Step("GET", "/_health/live/x").fails(404, "unknown-path")),
        Scenario(
            "a write by a page of another origin is refused, a read gets no permission",
            put("/a", "1").with("Origin", "https://evil.example").fails(403, "origin-not-allowed"),
            post("/a", "1").with("Origin", "null").fails(403, "origin-not-allowed"),
            merge("/a", "1").with("Origin", "http://localhost:1").fails(403, "origin-not-allowed"),
            delete("/a").with("Origin", "https://evil.example").fails(403, "origin-not-allowed"),
            put("/a", "1").with("Origin", "http://localhost").gives(201),
            get("/a").with("Origin", "https://evil.example").gives(200, "1")
                .header("Access-Control-Allow-Origin", .absent),
            options("/a").with("Origin", "https://evil.example").with("Access-Control-Request-Method", "PUT").gives(204)
                .header("Access-Control-Allow-Methods", .absent)),
    ]
}
