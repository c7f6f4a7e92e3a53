extension Scenario {
    /// `http-api.md`, Methods: `POST ?op=…`.
    static let computing = incrementing + swapping + restoring + askingForOperations

    private static let incrementing = [
        Scenario(
            "increment adds to a number, or to 0 if there is no value",
            op("/n?op=increment").gives(200, "1").header("Nestkv-Version", "1").header("ETag", .present),
            op("/n?op=increment&by=5").gives(200, "6").header("Nestkv-Version", "2"),
            op("/n?op=increment&by=-10").gives(200, "-4"),
            op("/n?op=increment&by=%2B1").fails(400, "invalid-parameter"),
            get("/n").gives(200, "-4")),
        Scenario(
            "integers of any size and decimals are added exactly",
            put("/n", "9007199254740993").gives(201),
            op("/n?op=increment").gives(200, "9007199254740994"),
            put("/n", "99999999999999999999999999999999999999").gives(200),
            op("/n?op=increment").gives(200, "100000000000000000000000000000000000000"),
            put("/n", "0.1").gives(200),
            op("/n?op=increment&by=0.2").gives(200, "0.3"),
            put("/n", "1e2").gives(200),
            op("/n?op=increment&by=1").gives(200, "101")),
        Scenario(
            "increment of a value that is not a number changes nothing and returns the value",
            put("/n", #""1""#).gives(201),
            op("/n?op=increment").fails(409, "not-a-number").part("/currentValue", #""1""#),
            op("?op=increment").fails(409, "not-a-number"),
            put("/n", "1e999").gives(200),
            op("/n?op=increment").fails(409, "not-a-number"),
            get("/n").gives(200, "1e999")),
        Scenario(
            "a number in a document is incremented there",
            put("/d", #"{"a":[1,{"n":2.50}],"z":1.0}"#).gives(201),
            op("/d/a/1/n?op=increment&by=1").gives(200, "3.5"),
            get("/d?leaf").gives(200, #"{"a":[1,{"n":3.5}],"z":1.0}"#).header("Nestkv-Version", "2")),
        Scenario(
            "?leaf increments the leaf at exactly the path",
            put("/a?leaf", "1").gives(201),
            put("/a/b?leaf", "2").gives(201),
            op("/a?op=increment&leaf").gives(200, "2"),
            get("/a").gives(200, #"{"_value":2,"b":2}"#)),
        Scenario(
            "an operation takes conditions, attribution and ?pretty, and keeps tags",
            put("/n", "1").with("Nestkv-Tags", "t").gives(201),
            op("/n?op=increment").with("Nestkv-If-Version", "2").fails(412, "precondition-failed"),
            op("/n?op=increment&pretty").with("Nestkv-If-Version", "1").with("Nestkv-Modified-By", "alice")
                .gives(200, "2\n"),
            get("/n?entry").part("/metadata/modifiedBy", #""alice""#).part("/metadata/tags", #"["t"]"#)),
    ]

    private static let swapping = [
        Scenario(
            "swap stores a value and returns the previous one",
            Step("POST", "/{e}/a?op=swap", body: "1").gives(200, "null").header("Nestkv-Previous", "absent"),
            Step("POST", "/{e}/a?op=swap", body: "null").gives(200, "1").header("Nestkv-Previous", .absent),
            Step("POST", "/{e}/a?op=swap", body: #"{"x":1}"#).gives(200, "null").header("Nestkv-Previous", .absent),
            put("/a/y", "2").gives(201),
            Step("POST", "/{e}/a?op=swap", body: "3").gives(200, #"{"x":1,"y":2}"#),
            get("/a").gives(200, "3"),
            op("/a?op=swap").fails(400, "invalid-json")),
        Scenario(
            "compare-and-swap replaces what is equal as JSON, whatever its spelling",
            put("/a", #"{"n":1.0,"m":[true]}"#).gives(201),
            Step("POST", "/{e}/a?op=compare-and-swap", body: #"{"old":{"m":[true],"n":1},"new":2.50}"#).gives(200)
                .part("/version", "2"),
            get("/a").gives(200, "2.50"),
            Step("POST", "/{e}/a?op=compare-and-swap", body: #"{"old":2,"new":3}"#).fails(409, "value-mismatch")
                .part("/currentValue", "2.5").header("ETag", .present),
            Step("POST", "/{e}/a?op=compare-and-swap", body: #"{"old":2.5,"new":3}"#)
                .with("Prefer", "return=minimal").gives(204, ""),
            get("/a").gives(200, "3")),
        Scenario(
            "compare-and-swap works on parts and whole subtrees; no value equals no value",
            put("/d", #"{"k":1}"#).gives(201),
            put("/d/sub/x", "1").gives(201),
            Step("POST", "/{e}/d/k?op=compare-and-swap", body: #"{"old":1,"new":2}"#).gives(200),
            Step("POST", "/{e}/d?op=compare-and-swap", body: #"{"old":{"sub":{"x":1},"k":2},"new":[]}"#).gives(200),
            get("/d").gives(200, "[]"),
            Step("POST", "/{e}/no?op=compare-and-swap", body: #"{"old":null,"new":2}"#).fails(409, "value-mismatch")
                .part("/currentValue", nil),
            Step("POST", "/{e}/d?op=compare-and-swap", body: #"{"old":1}"#).fails(400, "invalid-json"),
            Step("POST", "/{e}/d?op=compare-and-swap", body: #"{"old":1,"new":2,"x":3}"#).fails(400, "invalid-json")),
    ]

    private static let restoring = [
        Scenario(
            "restore stores the value of a version again",
            put("/a", #"{"v":1.0}"#).gives(201),
            put("/a", "2").gives(200),
            delete("/a").gives(204),
            op("/a?op=restore&version=1").gives(201).part("/version", "4"),
            get("/a").gives(200, #"{"v":1.0}"#),
            op("/a?op=restore&version=2").gives(200),
            get("/a").gives(200, "2"),
            op("/a?op=restore&version=3").fails(410, "gone"),
            op("/a?op=restore&version=9").fails(404, "not-found"),
            op("/b?op=restore&version=1").fails(404, "not-found"),
            op("/a?op=restore").fails(400, "invalid-parameter"),
            op("/a?op=restore&version=0").fails(400, "invalid-parameter"))
    ]

    private static let askingForOperations = [
        Scenario(
            "an unknown operation is refused, and so are parameters of another operation",
            op("/a?op=double").fails(400, "invalid-parameter").containing("compare-and-swap"),
            op("/a?op=").fails(400, "invalid-parameter"),
            op("/a?op=increment&version=1").fails(400, "invalid-parameter"),
            op("/a?op=increment&by=x").fails(400, "invalid-parameter"),
            op("/a?op=increment&by=%221%22").fails(400, "invalid-parameter"),
            op("/a?op=persist&ttl=1s").fails(400, "invalid-parameter"),
            post("/a?by=1", "1").fails(400, "invalid-parameter"),
            post("/a?leaf", "1").fails(400, "invalid-parameter"),
            get().fails(404, "not-found"))
    ]
}

/// An operation without a body.
func op(_ path: String) -> Step { Step("POST", "/{e}" + path) }
