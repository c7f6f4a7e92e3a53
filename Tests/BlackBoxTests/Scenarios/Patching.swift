extension Scenario {
    /// `http-api.md`, Methods: `PATCH` with both media types.
    static let patching = merging + operating + patchFailures

    private static let merging = [
        Scenario(
            "a merge patch changes a leaf: members replace, null removes, objects merge",
            put("/a", #"{"keep":1.0,"drop":2,"deep":{"x":1,"y":2},"list":[1,2]}"#).gives(201),
            merge("/a", #"{"drop":null,"deep":{"x":null,"z":3},"list":[9],"new":{"a":null,"b":1}}"#).gives(200)
                .header("Nestkv-Version", "2").header("ETag", .present),
            get("/a").gives(200, #"{"keep":1.0,"deep":{"y":2,"z":3},"list":[9],"new":{"b":1}}"#)),
        Scenario(
            "a merge patch of a part changes the document that contains it",
            put("/a", #"{"b":{"c":1},"z":0}"#).gives(201),
            merge("/a/b", #"{"c":null,"d":2}"#).gives(200),
            get("/a?leaf").gives(200, #"{"b":{"d":2},"z":0}"#),
            merge("/a/b", "[1]").gives(200),
            get("/a?leaf").gives(200, #"{"b":[1],"z":0}"#)),
        Scenario(
            "a merge patch of a subtree keeps its leaves and writes only those that change",
            put("?flatten", #"{"a":{"x":1,"y":2},"b":3}"#).gives(201),
            merge("", #"{"a":{"x":10}}"#).gives(200).part("/leavesSet", nil),
            get().gives(200, #"{"a":{"x":10,"y":2},"b":3}"#),
            get("/a/x?leaf").gives(200, "10").header("Nestkv-Version", "2"),
            get("/a/y?leaf").gives(200, "2").header("Nestkv-Version", "1"),
            merge("/a", #"{"y":null,"n":{"m":1}}"#).gives(200).part("/leavesSet", "1").part("/leavesDeleted", "1"),
            get().gives(200, #"{"a":{"n":{"m":1},"x":10},"b":3}"#),
            get("/a/n?leaf").gives(200, #"{"m":1}"#),
            get("?leaf").fails(404, "not-found")),
        Scenario(
            "a merge patch of a path without a value creates it, without the nulls",
            merge("/new", #"{"a":{"b":null},"c":1}"#).gives(201).header("Location", "/{e}/new"),
            get("/new").gives(200, #"{"a":{},"c":1}"#)),
        Scenario(
            "a patch that changes nothing is a new version, too",
            put("/a", #"{"b":1}"#).gives(201),
            merge("/a", "{}").gives(200).header("Nestkv-Version", "2"),
            operations("/a", "[]").gives(200).header("Nestkv-Version", "3"),
            get("/a").gives(200, #"{"b":1}"#)),
        Scenario(
            "a merge patch sees the composed value, and _value in it",
            put("/a", "5").gives(201),
            put("/a/b", "1").gives(201),
            put("/a/c", "2").gives(201),
            merge("/a", #"{"_value":6,"b":null}"#).gives(200),
            get("/a").gives(200, #"{"_value":6,"c":2}"#),
            get("/a?leaf").gives(200, "6"),
            merge("/a", #"{"_value":null}"#).gives(200),
            get("/a").gives(200, #"{"c":2}"#)),
        Scenario(
            "the result of a merge patch of a value with children is exactly that of RFC 7396",
            put("/a", "5").gives(201),
            put("/a/b", "1").gives(201),
            merge("/a", #"{"b":null}"#).gives(200),
            get("/a").gives(200, #"{"_value":5}"#),
            put("/c", "[1]").gives(201),
            put("/c/b", "1").gives(201),
            merge("/c", #"{"_value":{"k":2}}"#).gives(200),
            get("/c").gives(200, json: #"{"_value":{"k":2},"b":1}"#)),
        Scenario(
            "a leaf below an array's element is a member beside the array, and its patch leaves the array as it is",
            put("/a", "[1,2]").gives(201),
            put("/a/0/k", "7").gives(201),
            get("/a").gives(200, #"{"_value":[1,2],"0":{"k":7}}"#),
            get("/a/0").gives(200, #"{"k":7}"#),
            merge("/a/0", #"{"k":null,"l":8}"#).gives(200),
            get("/a/0").gives(200, #"{"l":8}"#),
            get("/a/1").gives(200, "2"),
            get("/a?leaf").gives(200, "[1,2]")),
        Scenario(
            "a patch keeps the leaf's tags unless it brings its own",
            put("/a", "{}").with("Nestkv-Tags", "prod, eu").gives(201),
            merge("/a", #"{"x":1}"#).gives(200).part("/tags", #"["prod","eu"]"#),
            merge("/a", #"{"x":2}"#).with("Nestkv-Tags", "dev").gives(200).part("/tags", #"["dev"]"#)),
    ]

    private static let operating = [
        Scenario(
            "a JSON patch of a leaf: add, remove, replace, move, copy, test",
            put("/a", #"{"x":1.0,"list":[1,2],"o":{"p":1}}"#).gives(201),
            operations(
                "/a",
                #"""
                [{"op":"test","path":"/x","value":1},{"op":"replace","path":"/x","value":2},
                {"op":"add","path":"/list/1","value":9},{"op":"add","path":"/list/-","value":3},
                {"op":"move","from":"/o/p","path":"/q"},{"op":"copy","from":"/list","path":"/o/l"},
                {"op":"remove","path":"/list/0"}]
                """#
            ).gives(200).header("Nestkv-Version", "2"),
            get("/a").gives(200, json: #"{"x":2,"list":[9,2,3],"o":{"l":[1,9,2,3]},"q":1}"#)),
        Scenario(
            "a JSON patch of a part changes the document that contains it",
            put("/a", #"{"b":[{"n":1}]}"#).gives(201),
            operations("/a/b/0", #"[{"op":"add","path":"/m","value":2}]"#).gives(200),
            operations("/a/b", #"[{"op":"add","path":"/0","value":0}]"#).gives(200),
            get("/a?leaf").gives(200, #"{"b":[0,{"n":1,"m":2}]}"#)),
        Scenario(
            "a JSON patch of a subtree keeps its leaves",
            put("?flatten", #"{"a":{"x":1,"y":2},"b":[1]}"#).gives(201),
            operations("", #"[{"op":"replace","path":"/a/x","value":9},{"op":"add","path":"/b/-","value":2}]"#).gives(
                200),
            get().gives(200, #"{"a":{"x":9,"y":2},"b":[1,2]}"#),
            get("/a/y?leaf").gives(200, "2").header("Nestkv-Version", "1"),
            get("/b?leaf").gives(200, "[1,2]").header("Nestkv-Version", "2"),
            operations("", #"[{"op":"move","from":"/a","path":"/c"}]"#).gives(200),
            get().gives(200, json: #"{"c":{"x":9,"y":2},"b":[1,2]}"#),
            get("/a").fails(404, "not-found")),
        Scenario(
            "a JSON patch can replace the whole value",
            put("/a/b", "1").gives(201),
            operations("/a", #"[{"op":"replace","path":"","value":[7]}]"#).gives(200),
            get("/a").gives(200, "[7]")),
        Scenario(
            "a test compares as JSON: numbers by value, objects without order",
            put("/a", #"{"n":1.0,"o":{"p":1,"q":2}}"#).gives(201),
            operations(
                "/a", #"[{"op":"test","path":"/n","value":10e-1},{"op":"test","path":"/o","value":{"q":2,"p":1}}]"#
            ).gives(200),
            get("/a").gives(200, #"{"n":1.0,"o":{"p":1,"q":2}}"#)),
    ]

    private static let patchFailures = [
        Scenario(
            "a JSON patch is all or nothing: a failing test is 409 and names its operation",
            put("/a", #"{"x":1}"#).gives(201),
            operations("/a", #"[{"op":"add","path":"/y","value":2},{"op":"test","path":"/x","value":2}]"#)
                .fails(409, "test-failed").part("/opIndex", "1").part("/pointer", #""/x""#),
            get("/a").gives(200, #"{"x":1}"#).header("Nestkv-Version", "1")),
        Scenario(
            "a JSON patch that can't be applied is 422",
            put("/a", #"{"x":[1]}"#).gives(201),
            operations("/a", #"[{"op":"remove","path":"/y"}]"#).fails(422, "not-applicable").part("/opIndex", "0")
                .part("/pointer", #""/y""#),
            operations("/a", #"[{"op":"add","path":"/x/5","value":1}]"#).fails(422, "not-applicable"),
            operations("/a", #"[{"op":"add","path":"/n/m","value":1}]"#).fails(422, "not-applicable"),
            operations("/a", #"[{"op":"move","from":"/none","path":"/x"}]"#).fails(422, "not-applicable")),
        Scenario(
            "an invalid JSON patch is 400",
            put("/a", "{}").gives(201),
            operations("/a", "{}").fails(400, "invalid-patch"),
            operations("/a", #"[{"op":"spin","path":"/x"}]"#).fails(400, "invalid-patch").part("/opIndex", "0"),
            operations("/a", #"[{"op":"add","path":"x","value":1}]"#).fails(400, "invalid-patch"),
            operations("/a", #"[{"op":"add","path":"/x"}]"#).fails(400, "invalid-patch"),
            operations("/a", #"[{"op":"add","path":"/x","value":1]"#).fails(400, "invalid-json").part("/line", "1")),
        Scenario(
            "a JSON patch of a path without a value is 404",
            operations("/a", #"[{"op":"add","path":"","value":1}]"#).fails(404, "not-found"),
            get("/a").fails(404, "not-found")),
        Scenario(
            "another media type is 415 and Accept-Patch names the known ones",
            put("/a", "{}").gives(201),
            Step("PATCH", "/{e}/a", body: "{}").with("Content-Type", "application/json")
                .fails(415, "unsupported-media-type")
                .header("Accept-Patch", .listing(["application/merge-patch+json", "application/json-patch+json"])),
            Step("PATCH", "/{e}/a", body: "{}").fails(415, "unsupported-media-type"),
            Step("PATCH", "/{e}/a", body: "{}").with("Content-Type", "Application/Merge-Patch+JSON; charset=utf-8")
                .gives(200)),
    ]
}
