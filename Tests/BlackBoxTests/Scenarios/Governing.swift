extension Scenario {
    /// `http-api.md`, `/_entrypoints`: settings for all values of an entry point.
    static let governing = [
        Scenario(
            "an entry point is created, read, changed and deleted",
            Step("GET", "/_entrypoints/{e}").fails(404, "unknown-entry-point"),
            entryPoint(#"{"history":1,"ttl":"1h","maxValueSize":10,"description":"sessions"}"#).gives(201)
                .header("Location", "/_entrypoints/{e}").header("Nestkv-Version", "1").header("ETag", .present)
                .saving("ETag", as: "tag"),
            Step("GET", "/_entrypoints/{e}").header("ETag", "{tag}").gives(
                200,
                json: """
                    {"name":"{e}","history":1,"ttl":"1h","maxValueSize":10,"replicas":1,"casRequired":false,
                    "description":"sessions"}
                    """),
            Step("GET", "/_entrypoints").gives(200).containing(#""{e}""#),
            Step("GET", "/_entrypoints/{e}/health").gives(200).part("/values", "0").part("/lastRevision", "null")
                .part("/healthy", "true").part("/history", "1").part("/ttl", #""1h""#),
            entryPoint(#"{"ttl":null}"#).with("If-Match", #""x""#).fails(412, "precondition-failed"),
            entryPoint(#"{"ttl":null}"#).with("If-Match", "{tag}").gives(200).part("/ttl", "null")
                .part("/history", "1").failing().part("/maxValueSize", "1048576"),
            Step("DELETE", "/_entrypoints/{e}").gives(204),
            Step("DELETE", "/_entrypoints/{e}").fails(404, "unknown-entry-point"),
            Step("GET", "/_entrypoints").containing(#""{e}""#).failing()),
        Scenario(
            "an entry point that was only written to has the service's settings",
            put("/a", "1").gives(201).saving("Nestkv-Revision", as: "revision"),
            Step("GET", "/_entrypoints/{e}").gives(200).header("ETag", .absent).part("/casRequired", "false"),
            Step("GET", "/_entrypoints/{e}/health").gives(200).part("/values", "1").part("/lastRevision", "{revision}"),
            Step("DELETE", "/_entrypoints/{e}").gives(204),
            get().fails(404, "not-found")),
        Scenario(
            "its setting limits the visible history, and a larger one shows the retained versions again",
            put("/a", "1").gives(201), put("/a", "2").gives(200), put("/a", "3").gives(200),
            entryPoint(#"{"history":1}"#).gives(201),
            get("/a?history").gives(200).part("/1/version", "2").part("/2", nil),
            get("/a?version=2").gives(200, "2"),
            get("/a?version=1").fails(410, "gone"),
            get("/a?entry").part("/metadata/revisionHistory/0/version", "2").part("/metadata/revisionHistory/1", nil),
            op("/a?op=restore&version=1").fails(410, "gone"),
            entryPoint(#"{"history":2}"#).gives(200),
            get("/a?version=1").gives(200, "1")),
        Scenario(
            "its time to live applies to writes without one",
            entryPoint(#"{"ttl":"300ms"}"#).gives(201),
            put("/a", "1").gives(201).part("/expiresAt", "null").failing(),
            put("/b?ttl=1h", "2").gives(201),
            put("/c", "3").gives(201),
            op("/c?op=persist").gives(200).part("/expiresAt", "null"),
            post("/l", "4").gives(201).part("/expiresAt", "null").failing(),
            get().waiting(350).gives(200, #"{"b":2,"c":3}"#),
            op("/b?op=persist").gives(200),
            merge("/b", "5").gives(200).part("/expiresAt", "null")),
        Scenario(
            "its maximum size applies to each leaf",
            entryPoint(#"{"maxValueSize":10}"#).gives(201),
            put("/a", #""12345678""#).gives(201),
            put("/a", #""123456789""#).fails(413, "value-too-large").part("/limit", "10"),
            put("?flatten", #"{"a":"12345678","b":"12345678"}"#).gives(200),
            put("/a", #"{"k":1}"#).gives(200),
            put("/a/k", "123456").fails(413, "value-too-large"),
            op("/n?op=increment&by=12345678901").fails(413, "value-too-large")),
        Scenario(
            "casRequired demands a precondition with each write that does not compare by itself",
            put("/a", "1").gives(201).saving("ETag", as: "tag"),
            entryPoint(#"{"casRequired":true}"#).gives(201),
            put("/a", "2").fails(428, "precondition-required"),
            merge("/a", "2").fails(428, "precondition-required"),
            delete("/a").fails(428, "precondition-required"),
            op("/a?op=expire&ttl=1h").fails(428, "precondition-required"),
            Step("POST", "/{e}/a?op=swap", body: "2").fails(428, "precondition-required"),
            op("/a?op=increment").gives(200, "2"),
            post("/l", "1").gives(201),
            Step("POST", "/{e}/a?op=compare-and-swap", body: #"{"old":2,"new":3}"#).gives(200),
            put("/a", "4").with("Nestkv-If-Version", "3").gives(200),
            put("/b", "1").with("If-None-Match", "*").gives(201),
            // Sent: PUT with a date that nothing is compared with. Came back: 200. Should come back: 428.
            put("/c", "1").with("If-Unmodified-Since", future).fails(428, "precondition-required"),
            put("/a", "1").with("If-Unmodified-Since", "yesterday").fails(428, "precondition-required"),
            put("/a", "1").with("If-Modified-Since", future).fails(428, "precondition-required"),
            put("", "1").with("If-Unmodified-Since", future).fails(428, "precondition-required"),
            post("/a", "1").with("If-Unmodified-Since", future).gives(201),
            delete("/a").with("If-Unmodified-Since", future).fails(428, "precondition-required"),
            delete("/b").with("If-Unmodified-Since", future).gives(204),
            put("/b", "1").with("If-None-Match", "*").gives(201),
            batch(#"{"method":"PUT","path":"/{e}/b","value":2}"#).part("/results/0/status", "428"),
            transaction(#"{"method":"PUT","path":"/{e}/b","value":2}"#).fails(409, "transaction-failed")
                .part("/cause", #""precondition-required""#),
            transaction(if: #"[{"path":"/{e}/b","version":3}]"#, #"{"method":"PUT","path":"/{e}/b","value":2}"#)
                .gives(200),
            Step("POST", "/_entrypoints/{e}?op=purge").gives(200).part("/leavesDeleted", "4"),
            get().fails(404, "not-found")),
        Scenario(
            "a purge keeps the settings",
            put("/a/b", "1").gives(201), put("/c", "2").gives(201),
            Step("POST", "/_entrypoints/{e}").fails(400, "invalid-parameter"),
            Step("POST", "/_entrypoints/{e}?op=drop").fails(400, "invalid-parameter"),
            entryPoint("{}").gives(201),
            Step("POST", "/_entrypoints/{e}?op=purge").gives(200, json: #"{"leavesDeleted":2}"#),
            Step("GET", "/_entrypoints/{e}").gives(200),
            put("/c", "2").gives(201).header("Nestkv-Version", "3")),
        Scenario(
            "invalid settings are refused, and the known ones named",
            entryPoint(#"{"history":65}"#).fails(400, "invalid-json").containing("a whole number from 0 to"),
            entryPoint(#"{"history":"1"}"#).fails(400, "invalid-json"),
            entryPoint(#"{"ttl":"soon"}"#).fails(400, "invalid-json"),
            entryPoint(#"{"maxValueSize":0}"#).fails(400, "invalid-json"),
            entryPoint(#"{"replicas":9}"#).fails(400, "invalid-json"),
            entryPoint(#"{"casRequired":1}"#).fails(400, "invalid-json"),
            entryPoint(#"{"colour":"red"}"#).fails(400, "invalid-json").containing("casRequired"),
            entryPoint("[]").fails(400, "invalid-json"),
            Step("PUT", "/_entrypoints/_x", body: "{}").fails(400, "invalid-key"),
            Step("GET", "/_entrypoints/{e}").fails(404, "unknown-entry-point")),
        Scenario(
            "names are listed in pages",
            put("/a", "1").gives(201),
            Step("PUT", "/_entrypoints/{e}-2", body: "{}").gives(201),
            Step("GET", "/_entrypoints?after={e}&limit=1").gives(200).part("/entryPoints/0", #""{e}-2""#),
            Step("GET", "/_entrypoints?limit=0").fails(400, "invalid-parameter"),
            Step("DELETE", "/_entrypoints/{e}-2").gives(204)),
    ]

    private static let future = "Fri, 01 Jan 2100 00:00:00 GMT"

    private static func entryPoint(_ settings: String) -> Step {
        Step("PUT", "/_entrypoints/{e}", body: settings)
    }
}
