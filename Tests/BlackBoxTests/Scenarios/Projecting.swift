extension Scenario {
    /// `http-api.md`, Which key answers for a path: the law of projection. The tree is one document, however it is
    /// stored.
    static let projecting = [
        Scenario(
            "each member is what a GET of its own path gives, where documents overlap",
            overlap[0], overlap[1], overlap[2],
            get("/d").gives(200, #"{"a":{"b":{"x":1,"y":3,"w":4}},"z":0}"#),
            get("/d/a").gives(200, #"{"b":{"x":1,"y":3,"w":4}}"#),
            get("/d/a/b").gives(200, #"{"x":1,"y":3,"w":4}"#),
            get("/d/a/b/x").gives(200, "1"), get("/d/a/b/y").gives(200, "3"), get("/d/a/b/w").gives(200, "4"),
            get("/d/a?depth=1").gives(200, #"{"b":true}"#), get("/d/a/b?shallow").gives(200, #"{"x":1,"y":3,"w":4}"#),
            get("/d/a/b?entry").gives(200).part("/value", #"{"x":1,"y":3,"w":4}"#).part("/metadata/leaves", "3"),
            get("/d/a/b?tag=up").gives(200, #"{"x":1,"y":2}"#), get("/d/a/b/w?tag=up").fails(404, "not-found"),
            get("/d/a/b?leaf").fails(404, "not-found")),
        Scenario(
            "a scalar or an array hides what the documents above have below its place",
            put("/d?leaf", #"{"a":{"b":1},"c":[{"x":1}]}"#).gives(201),
            put("/d/a?leaf", "5").gives(201),
            put("/d/c/0/y?leaf", "2").gives(201),
            get("/d/a/b").fails(404, "not-found"),
            get("/d").gives(200, #"{"a":5,"c":{"_value":[{"x":1}],"0":{"y":2}}}"#),
            get("/d/c/_value").gives(200, #"[{"x":1}]"#), get("/d/c/_value/0/x").gives(200, "1"),
            get("/d/c/0").gives(200, #"{"y":2}"#)),
        Scenario(
            "the member _value of a scalar is read, hidden and deleted by its path",
            put("/d?leaf", #"{"x":{"y":1}}"#).gives(201), put("/d/x/y/z?leaf", "5").gives(201),
            get("/d/x/y").gives(200, #"{"_value":1,"z":5}"#), get("/d/x/y/_value").gives(200, "1"),
            put("/d/x/y/_value", "2").gives(200), get("/d?leaf").gives(200, #"{"x":{"y":1}}"#),
            get("/d/x/y").gives(200, #"{"_value":2,"z":5}"#),
            delete("/d/x/y/_value").gives(204), get("/d/x/y").gives(200, #"{"z":5}"#),
            get("/d?leaf").gives(200, #"{"x":{}}"#), get("/d/x/y/_value").fails(404, "not-found")),
        Scenario(
            "PUT writes into the deepest document and lets nothing of the others show",
            overlap[0], overlap[1], overlap[2],
            put("/d/a/b/x", "9").gives(200),
            get("/d?leaf").gives(200, #"{"a":{"b":{"x":9,"y":2}},"z":0}"#),
            get("/d/a?leaf").header("Nestkv-Version", "1"),
            put("/d/a/b", #"{"n":1}"#).gives(200), get("/d/a/b").gives(200, #"{"n":1}"#),
            get("/d").gives(200, #"{"a":{"b":{"n":1}},"z":0}"#),
            get("/d?leaf").gives(200, #"{"a":{},"z":0}"#), get("/d/a?leaf").gives(200, #"{"b":{"n":1}}"#),
            put("/d/a?ttl=1h", #"{"m":2}"#).gives(200), get("/d").gives(200, #"{"z":0,"a":{"m":2}}"#)),
        Scenario(
            "DELETE removes the path from every document",
            overlap[0], overlap[1], overlap[2],
            delete("/d/a/b/y").gives(204), get("/d/a/b").gives(200, #"{"x":1,"w":4}"#),
            delete("/d/a/b").gives(204), get("/d/a/b").fails(404, "not-found"),
            get("/d").gives(200, #"{"a":{},"z":0}"#)),
        Scenario(
            "PATCH and POST operations work on the merged value",
            overlap[0], overlap[1], overlap[2],
            merge("/d/a/b", #"{"x":null,"y":5,"v":6}"#).gives(200),
            get("/d/a/b").gives(200, json: #"{"y":5,"v":6,"w":4}"#),
            operations("/d/a", #"[{"op":"test","path":"/b/w","value":4},{"op":"move","from":"/b/y","path":"/y"}]"#)
                .gives(200),
            get("/d/a").gives(200, json: #"{"b":{"v":6,"w":4},"y":5}"#),
            put("/d?leaf", #"{"a":{"n":1}}"#).gives(200),
            op("/d/a/n?op=increment").gives(200, "2"), get("/d?leaf").gives(200, #"{"a":{"n":2}}"#),
            Step("POST", "/{e}/d/a/b?op=swap", body: "7").gives(200, json: #"{"v":6,"w":4}"#),
            get("/d").gives(200, json: #"{"a":{"n":2,"b":7,"y":5}}"#)),
        Scenario(
            "all documents that are merged make up the entity tag; one that is hidden doesn't",
            overlap[0], overlap[1],
            get("/d/a/b").header("ETag", .beginning("\"c-")).header("Nestkv-Version", .absent)
                .saving("ETag", as: "tag").saving("Nestkv-Revision", as: "revision"),
            get("/d/a/b").with("If-None-Match", "{tag}").gives(304),
            get("/d/a/b/y").header("Nestkv-Version", "1").saving("ETag", as: "y"),
            put("/d/z", "1").gives(200),
            get("/d/a/b/y").header("ETag", "{y}").header("Nestkv-Version", "1"),
            get("/d/a/b").header("Nestkv-Revision", .atLeast("{revision}")),
            put("/d/a/b", "{}").with("If-Match", "{tag}").fails(412, "precondition-failed"),
            get("/d/a/b").saving("ETag", as: "now"),
            merge("/d/a/b", #"{"x":2}"#).with("If-Match", "{now}").gives(200),
            get("/d/a/b").gives(200, #"{"x":2,"y":3}"#)),
        Scenario(
            "?at shows a member as its parent was",
            overlap[0], overlap[1], overlap[2].saving("Nestkv-Revision", as: "then"),
            put("/d/a/b", "1").gives(200), delete("/d").gives(204),
            get("/d?at={then}").gives(200, #"{"a":{"b":{"x":1,"y":3,"w":4}},"z":0}"#),
            get("/d/a/b?at={then}").gives(200, #"{"x":1,"y":3,"w":4}"#), get("/d/a/b/x?at={then}").gives(200, "1")),
        Scenario(
            "the operations of a transaction obey the law one after the other",
            overlap[0], overlap[1], overlap[2],
            transaction(
                #"{"method":"PUT","path":"/{e}/d/a/b/x","value":5}"#,
                #"{"method":"POST","path":"/{e}/d/a/b/x","op":"increment"}"#,
                #"{"method":"POST","path":"/{e}/d/a/b/y","op":"increment"}"#,
                #"{"method":"PUT","path":"/{e}/d/a","value":{"b":{"q":1}}}"#,
                #"{"method":"PATCH","path":"/{e}/d","value":{"a":{"b":{"r":2}}}}"#,
                #"{"method":"DELETE","path":"/{e}/d/z"}"#
            ).gives(200).part("/results/1/value", "6").part("/results/2/value", "4"),
            get("/d").gives(200, json: #"{"a":{"b":{"q":1,"r":2}}}"#), get("/d/a/b/r").gives(200, "2")),
    ]

    /// The leaves of the example: two documents and a leaf at overlapping paths.
    private static let overlap = [
        put("/d?leaf", #"{"a":{"b":{"x":1,"y":2}},"z":0}"#).with("Nestkv-Tags", "up").gives(201),
        put("/d/a?leaf", #"{"b":{"y":3}}"#).gives(201),
        put("/d/a/b/w?leaf", "4").gives(201),
    ]
}
