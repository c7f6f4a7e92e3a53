extension Scenario {
    /// `http-api.md`, Methods: `PUT`, its parameters and what it answers.
    static let writing = putting + flattening + preferring

    private static let putting = [
        Scenario(
            "PUT answers 201 with Location if there was no value, otherwise 200",
            put("/a", #"{"b":1}"#).gives(201).header("Location", "/{e}/a").header("ETag", .present)
                .header("Nestkv-Revision", .present).header("Nestkv-Durability", .present).part("/version", "1"),
            put("/a", #"{"b":1}"#).gives(200).header("Location", .absent).part("/version", "2"),
            put("/a/b", "2").gives(200).header("Location", .absent)),
        Scenario(
            "any JSON value can be stored",
            put("/n", "null").gives(201),
            get("/n").gives(200, "null"),
            put("/n", "false").gives(200),
            get("/n").gives(200, "false"),
            put("/n", "\"\"").gives(200),
            get("/n").gives(200, "\"\""),
            put("/n", "{}").gives(200),
            get("/n").gives(200, "{}"),
            put("/n", " [ ] ").gives(200),
            get("/n").gives(200, "[]")),
        Scenario(
            "PUT replaces the whole subtree",
            put("/a/b/c", "1").gives(201),
            put("/a/d", "2").gives(201),
            put("/a", #"{"e":3}"#).gives(200).part("/leavesSet", "1").part("/leavesDeleted", "2"),
            get("/a").gives(200, #"{"e":3}"#),
            get("/a/b/c").fails(404, "not-found")),
        Scenario(
            "PUT of a part replaces the leaves below it, too",
            put("/a", #"{"b":{"c":1}}"#).gives(201),
            put("/a/b/d", "2").gives(201),
            get("/a/b").gives(200, #"{"c":1,"d":2}"#),
            put("/a/b", "5").gives(200),
            get("/a").gives(200, #"{"b":5}"#)),
        Scenario(
            "an element of an array can be replaced, but not added after the last one",
            put("/a", "[1,2]").gives(201),
            put("/a/0", "9").gives(200),
            get("/a").gives(200, "[9,2]"),
            put("/a/2", "3").gives(201),
            get("/a").gives(200, #"{"_value":[9,2],"2":3}"#)),
        Scenario(
            "two equal requests one after the other are two versions",
            put("/a", "1").gives(201).header("Nestkv-Version", "1").saving("ETag", as: "first"),
            put("/a", "1").gives(200).header("Nestkv-Version", "2").header("ETag", .other("{first}"))),
        Scenario(
            "a value is minified and otherwise returned as it was written",
            put("/a", " {\n\t\"b\" : [ 1.0 , \"x y\" ] }\r\n").gives(201),
            get("/a").gives(200, #"{"b":[1.0,"x y"]}"#).header("Content-Type", "application/json")),
        Scenario(
            "?pretty returns the value indented, with another ETag",
            put("/a", #"{"b":[1,{}],"c":{"d":null}}"#).gives(201),
            get("/a").saving("ETag", as: "plain"),
            get("/a?pretty").gives(200, json: #"{"b":[1,{}],"c":{"d":null}}"#).containing("\n  \"b\": [")
                .header("ETag", .other("{plain}")).saving("ETag", as: "pretty"),
            get("/a?pretty").with("If-None-Match", "{pretty}").gives(304),
            put("/a", "1").with("If-Match", "{pretty}").gives(200)),
    ]

    private static let flattening = [
        Scenario(
            "?flatten stores one leaf for each member at every level",
            put("?flatten", #"{"b":{"c":1,"d":[{"x":1}],"e":{}},"a":null}"#).gives(201).part("/leaves", "4")
                .part("/leavesSet", "4").part("/leavesDeleted", "0"),
            get("/b/c?leaf").gives(200, "1"),
            get("/b/d?leaf").gives(200, #"[{"x":1}]"#),
            get("/b/e?leaf").gives(200, "{}"),
            get("/b?leaf").fails(404, "not-found"),
            get().gives(200, #"{"a":null,"b":{"c":1,"d":[{"x":1}],"e":{}}}"#)),
        Scenario(
            "?flatten=1 flattens one level",
            put("?flatten=1", #"{"a":{"b":{"c":1}},"d":2}"#).gives(201).part("/leavesSet", "2"),
            get("/a?leaf").gives(200, #"{"b":{"c":1}}"#),
            get("/d?leaf").gives(200, "2")),
        Scenario(
            "?flatten replaces what was stored, and keeps the leaves that it writes again",
            put("?flatten", #"{"a":{"x":1,"y":2},"b":3}"#).gives(201),
            put("?flatten", #"{"a":{"x":10},"c":4}"#).gives(200).part("/leavesSet", "2").part("/leavesDeleted", "2"),
            get().gives(200, #"{"a":{"x":10},"c":4}"#),
            get("/a/x").gives(200).header("Nestkv-Version", "2"),
            get("/b").fails(404, "not-found")),
        Scenario(
            "?flatten of a value that is not an object is one leaf",
            put("/a?flatten", "[1]").gives(201),
            get("/a?leaf").gives(200, "[1]"),
            put("/a?flatten", "{}").gives(200),
            get("/a?leaf").gives(200, "{}")),
        Scenario(
            "?flatten of a part of a document stays in the document",
            put("/d", #"{"a":{"b":1}}"#).gives(201),
            put("/d/a?flatten", #"{"c":2,"e":3}"#).gives(200),
            get("/d?leaf").gives(200, #"{"a":{"c":2,"e":3}}"#)),
        Scenario(
            "?flatten needs an object, and excludes ?leaf",
            put("?flatten=0", "{}").fails(400, "invalid-parameter"),
            put("?flatten=x", "{}").fails(400, "invalid-parameter"),
            put("?flatten&leaf", "{}").fails(400, "invalid-parameter")),
    ]

    private static let preferring = [
        Scenario(
            "Prefer: return=minimal has no body",
            put("/a", "1").with("Prefer", "return=minimal").gives(201, "").header("Location", "/{e}/a")
                .header("Preference-Applied", "return=minimal"),
            put("/a", "2").with("Prefer", "return=minimal").gives(204, "").header("ETag", .present),
            merge("/a", "3").with("Prefer", "return=minimal").gives(204, ""),
            get("/a").gives(200, "3")),
        Scenario(
            "Prefer: return=representation returns the entry",
            put("/a", #"{"n":1.0}"#).with("Prefer", "return=representation").gives(201)
                .header("Preference-Applied", "return=representation").containing(#"{"value":{"n":1.0},"metadata":{"#)
                .part("/metadata/version", "1"),
            merge("/a", #"{"m":2}"#).with("Prefer", "respond-async, return=representation").gives(200)
                .part("/value", #"{"n":1,"m":2}"#),
            put("/a/k", "3").with("Prefer", "return=representation").gives(201).part("/value", "3")),
        Scenario(
            "without Prefer a write answers with its metadata",
            put("/a", "1").with("Nestkv-Modified-By", "alice").gives(201).part("/modifiedBy", #""alice""#)
                .header("Preference-Applied", .absent).header("Content-Type", "application/json")),
    ]
}
