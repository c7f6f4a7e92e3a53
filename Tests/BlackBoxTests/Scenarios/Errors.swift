extension Scenario {
    /// `http-api.md`, Errors and the limits of Paths.
    static let errors = syntax + negotiation + methods + limits

    private static let syntax =
        [
            ("nothing", ""), ("white space", " \n"), ("a word", "abc"), ("a trailing comma", "[1,]"),
            ("a comment", "/*x*/1"), ("two values", "1 2"), ("an open object", #"{"a":1"#), ("a single quote", "'a'"),
            ("a leading zero", "01"), ("a plus sign", "+1"), ("a bare fraction", ".5"), ("NaN", "NaN"),
            ("a raw control character", "\"\u{1}\""), ("a duplicate name", #"{"a":1,"a":2}"#),
            ("a duplicate name after decoding", #"{"a":1,"\u0061":2}"#), ("a lone surrogate", #""\ud800""#),
            ("a BOM", "\u{FEFF}1"),
        ].map { what, body in
            Scenario(
                "a body with \(what) is refused, with line, column and offset",
                put("/a", body).fails(400, "invalid-json").part("/line", body == " \n" ? "2" : "1"),
                post("/a", body).fails(400, "invalid-json"),
                merge("/a", body).fails(400, "invalid-json"),
                get().fails(404, "not-found"))
        } + [
            Scenario(
                "a syntax error is located by line, column and byte offset",
                put("/a", "{\n  \"é\": 1,\n  \"b\": x\n}").fails(400, "invalid-json").part("/line", "3")
                    .part("/column", "8").part("/offset", "20")),
            Scenario(
                "an unknown, repeated or invalid parameter is refused, and the known ones are named",
                get("?nope").fails(400, "invalid-parameter").containing("leaf, entry, pretty"),
                put("/a?entry", "1").fails(400, "invalid-parameter").containing("flatten"),
                get("?leaf&leaf").fails(400, "invalid-parameter"),
                get("?leaf=maybe").fails(400, "invalid-parameter"),
                get("?%zz").fails(400, "invalid-parameter"),
                get("?%FF").fails(400, "invalid-parameter"),
                delete("?pretty").fails(400, "invalid-parameter"),
                Step("GET", "/_health/live?leaf").fails(400, "invalid-parameter"),
                get("?").fails(404, "not-found"),
                get("?&").fails(404, "not-found")),
        ]

    private static let negotiation = [
        Scenario(
            "values are JSON: an Accept without JSON is 406",
            put("/a", "1").gives(201),
            get("/a").with("Accept", "text/html").fails(406, "not-acceptable"),
            head("/a").with("Accept", "text/html").gives(406),
            get("/a").with("Accept", "text/html, application/xml;q=0.9, */*;q=0.8").gives(200, "1"),
            get("/a").with("Accept", "Application/*").gives(200, "1"),
            get("/a").with("Accept", "application/json;q=0.1").gives(200, "1"),
            get("/a").with("Accept", "application/json;q=0").fails(406, "not-acceptable"),
            get("/a").with("Accept", "").gives(200, "1")),
        Scenario(
            "a PUT takes JSON under any content type, and no content coding",
            put("/a", "1").with("Content-Type", "application/x-www-form-urlencoded").gives(201),
            put("/a", "2").with("Content-Type", "application/json; charset=utf-8").gives(200),
            put("/a", "3").with("Content-Encoding", "identity").gives(200),
            put("/a", "4").with("Content-Encoding", "gzip").fails(415, "unsupported-media-type"),
            post("/a", "4").with("Content-Encoding", "gzip").fails(415, "unsupported-media-type"),
            get("/a").gives(200, "3")),
    ]

    private static let methods = [
        Scenario(
            "a method that a path doesn't have is 405 and Allow names those that it has",
            Step("DELETE", "/_health/live").fails(405, "method-not-allowed").header(
                "Allow", .listing(["GET", "HEAD", "OPTIONS"])),
            Step("PUT", "/", body: "1").fails(405, "method-not-allowed").header("Allow", .listing(["GET", "HEAD"])),
            Step("POST", "/_capabilities", body: "1").fails(405, "method-not-allowed")),
        Scenario(
            "a method that the service doesn't know is a problem, too",
            Step("BREW", "/{e}/a").gives(405).header("Content-Type", "application/problem+json")
                .header("Allow", .listing(["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "OPTIONS"]))),
        Scenario(
            "OPTIONS returns the methods and patch types of a path, with or without a value",
            options("/a").gives(204, "")
                .header("Allow", .listing(["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "OPTIONS"]))
                .header("Accept-Patch", .listing(["application/merge-patch+json", "application/json-patch+json"])),
            Step("OPTIONS", "/_health/live").gives(204).header("Allow", .listing(["GET", "HEAD", "OPTIONS"]))
                .header("Accept-Patch", .absent),
            Step("OPTIONS", "*").gives(204).header("Allow", .listing(["GET", "PUT", "OPTIONS"]))),
        Scenario(
            "HEAD gives the headers of GET without the body",
            put("/a", #"{"k":[1,2]}"#).gives(201).saving("ETag", as: "tag"),
            head("/a").gives(200, "").header("ETag", "{tag}").header("Content-Length", "11")
                .header("Content-Type", "application/json").header("Nestkv-Version", "1"),
            head("/a/k").gives(200, "").header("Content-Length", "5"),
            head().gives(200, "").header("Content-Length", "17"),
            head("/a?entry").gives(200, ""),
            head("/a?history").gives(200, ""),
            head("/b").gives(404, "")),
    ]

    private static let limits = [
        Scenario(
            "a value of more than 1 MiB is 413 and the limit is named",
            put("/a", "\"" + String(repeating: "x", count: 1_048_574) + "\"").gives(201),
            put("/a", "\"" + String(repeating: "x", count: 1_048_575) + "\"").fails(413, "body-too-large")
                .part("/limit", "1048576"),
            get("/a").gives(200).header("Content-Length", "1048576").header("Nestkv-Version", "1")),
        Scenario(
            "a patch or a write inside a document can't exceed the limit of a value",
            put("/a", #"{"x":""# + String(repeating: "x", count: 600_000) + "\"}").gives(201),
            merge("/a", #"{"y":""# + String(repeating: "y", count: 600_000) + "\"}").fails(413, "value-too-large")
                .part("/limit", "1048576"),
            get("/a").gives(200).header("Nestkv-Version", "1")),
        Scenario(
            "a target that is too long is 414 and the limit is named",
            get("/a?" + String(repeating: "x", count: 70_000)).fails(414, "uri-too-long").part("/limit", "8192")),
        Scenario(
            "headers that are too large are 431 and the limit is named",
            get("/a").with("X-Large", String(repeating: "x", count: 100_000)).fails(431, "headers-too-large")),
        Scenario(
            "a problem contains the id of its request",
            get("/none").with("X-Request-Id", "my-request-1").fails(404, "not-found")
                .part("/instance", #""urn:nestkv:request:my-request-1""#),
            get("/none").with("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                .fails(404, "not-found").part("/instance", #""urn:nestkv:request:4bf92f3577b34da6a3ce929d0e0e4736""#)),
        Scenario(
            "metadata headers have their limits",
            put("/a", "1").with("Nestkv-Comment", String(repeating: "c", count: 1025)).fails(400, "invalid-header"),
            put("/a", "1").with("Nestkv-Tags", (0...64).map { "t\($0)" }.joined(separator: ","))
                .fails(400, "invalid-header")),
    ]
}
