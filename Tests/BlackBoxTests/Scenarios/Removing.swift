extension Scenario {
    /// `http-api.md`, Methods: `DELETE` and appending by `POST`.
    static let removing = deleting + appending

    private static let deleting = [
        Scenario(
            "DELETE removes a value with everything below it",
            put("/a", #"{"x":1}"#).gives(201),
            put("/a/b/c", "2").gives(201),
            delete("/a").gives(204, "").header("Nestkv-Revision", .present).header("ETag", .absent),
            get("/a").fails(404, "not-found"),
            get("/a/b/c").fails(404, "not-found"),
            delete("/a").fails(404, "not-found")),
        Scenario(
            "DELETE of a path without a value of its own removes everything below it",
            put("/a/b/c", "1").gives(201),
            put("/a/b/d", "2").gives(201),
            delete("/a/b").gives(204),
            get().fails(404, "not-found")),
        Scenario(
            "DELETE in a document removes the member",
            put("/a", #"{"x":1,"y":{"z":2},"w":3}"#).gives(201),
            delete("/a/y/z").gives(204),
            get("/a").gives(200, #"{"x":1,"y":{},"w":3}"#),
            delete("/a/y").gives(204),
            delete("/a/y").fails(404, "not-found"),
            get("/a").gives(200, #"{"x":1,"w":3}"#)),
        Scenario(
            "DELETE in an array closes the gap",
            put("/a", #"["x","y","z"]"#).gives(201),
            delete("/a/1").gives(204),
            get("/a").gives(200, #"["x","z"]"#),
            get("/a/1").gives(200, #""z""#),
            delete("/a/5").fails(404, "not-found")),
        Scenario(
            "DELETE removes all of the path, in however many leaves it is stored",
            put("/a?leaf", #"{"b":{"c":1,"k":0}}"#).gives(201),
            put("/a/b?leaf", #"{"c":2}"#).gives(201),
            put("/a/b/c?leaf", "3").gives(201),
            delete("/a/b/c").gives(204),
            get("/a/b/c").fails(404, "not-found"),
            get("/a").gives(200, #"{"b":{"k":0}}"#)),
        Scenario(
            "a document without its last member is an empty object",
            put("/a", #"{"b":1}"#).gives(201),
            delete("/a/b").gives(204),
            get("/a").gives(200, "{}")),
    ]

    private static let appending = [
        Scenario(
            "POST appends a child under a new name, and Location has its path",
            post("/list", #"{"n":1}"#).gives(201).header("Location", .beginning("/{e}/list/"))
                .saving("Location", as: "first").header("Nestkv-Version", "1").header("ETag", .present),
            post("/list", #"{"n":2}"#).gives(201).saving("Location", as: "second").header(
                "Location", .other("{first}")),
            Step("GET", "{first}").gives(200, #"{"n":1}"#),
            Step("GET", "{second}/n").gives(200, "2"),
            get("/list/?leaf").fails(404, "not-found")),
        Scenario(
            "appended children come back in the order in which they were appended",
            post("/l", "1").gives(201).saving("Location", as: "a"),
            post("/l", "2").gives(201),
            post("/l", "3").gives(201),
            post("/l", "4").gives(201),
            Step("DELETE", "{a}").gives(204),
            post("/l", "5").gives(201),
            Step("GET", "/{e}/l").gives(200).containing(":2,").containing(":5}")),
        Scenario(
            "POST to a path with a value adds a child beside it",
            put("/a", #"{"x":1}"#).gives(201),
            post("/a", "2").gives(201),
            get("/a").gives(200).part("/x", "1"),
            get("/a?leaf").gives(200, #"{"x":1}"#)),
        Scenario(
            "POST takes conditions on its path",
            post("/a", "1").with("If-Match", "*").fails(412, "precondition-failed"),
            put("/a/x", "1").gives(201).saving("ETag", as: "tag"),
            get("/a").saving("ETag", as: "tree"),
            post("/a", "1").with("If-Match", "{tree}").gives(201),
            post("/a", "2").with("If-Match", "{tree}").fails(412, "precondition-failed")),
        Scenario(
            "POST accepts only JSON, and no unknown parameters",
            post("/a", "x").fails(400, "invalid-json"),
            post("/a?flatten", "1").fails(400, "invalid-parameter")),
    ]
}
