extension Scenario {
    /// `http-api.md`, Writes: conditional requests (RFC 9110 §13).
    static let conditions = reading + guarded + dated + ordered

    private static let reading = [
        Scenario(
            "every leaf, part and composed value has a strong ETag, the same for GET and HEAD",
            put("/a/x", #"{"k":1}"#).gives(201),
            put("/a/y", "2").gives(201),
            get("/a/x").header("ETag", .beginning("\"")).saving("ETag", as: "leaf"),
            head("/a/x").header("ETag", "{leaf}"),
            get("/a/x/k").header("ETag", .beginning("\"")),
            get("/a").header("ETag", .beginning("\"")).saving("ETag", as: "tree"),
            head("/a").header("ETag", "{tree}"),
            get("/a").header("ETag", "{tree}")),
        Scenario(
            "a composed value's ETag changes with every change below it and above it",
            put("/a/b?leaf", #"{"x":1}"#).gives(201),
            put("/a/b/y?leaf", "2").gives(201),
            get("/a/b").saving("ETag", as: "t0"),
            put("/a/b/y?leaf", "2").gives(200),
            get("/a/b").header("ETag", .other("{t0}")).saving("ETag", as: "t1"),
            put("/a/b?leaf", #"{"x":1}"#).gives(200),
            get("/a/b").header("ETag", .other("{t1}")).saving("ETag", as: "t2"),
            delete("/a/b/y").gives(204),
            get("/a/b").header("ETag", .other("{t2}"))),
        Scenario(
            "If-None-Match is 304 for the current tag, weak ones and lists included",
            put("/a", #"{"k":1}"#).gives(201).saving("ETag", as: "tag"),
            get("/a").with("If-None-Match", "{tag}").gives(304, "").header("ETag", "{tag}")
                .header("Nestkv-Version", "1").header("Last-Modified", .present),
            head("/a").with("If-None-Match", "{tag}").gives(304),
            get("/a").with("If-None-Match", "W/{tag}").gives(304),
            get("/a").with("If-None-Match", "\"x\" , {tag},W/\"y\"").gives(304),
            get("/a").with("If-None-Match", "\"x\"").with("If-None-Match", "{tag}").gives(304),
            get("/a").with("If-None-Match", "*").gives(304),
            get("/a").with("If-None-Match", "\"x\", \"y\"").gives(200, #"{"k":1}"#),
            put("/a", "2").gives(200),
            get("/a").with("If-None-Match", "{tag}").gives(200, "2")),
        Scenario(
            "a 304 has no length that a 200 would not have",
            put("/a", "\"12345678\"").gives(201).saving("ETag", as: "tag"),
            get("/a").with("If-None-Match", "{tag}").gives(304).header("Content-Length", .other("0"))),
        Scenario(
            "If-None-Match on nothing is 404, also with *",
            get("/a").with("If-None-Match", "*").fails(404, "not-found"),
            get("/a").with("If-Match", "*").fails(412, "precondition-failed")),
        Scenario(
            "If-Match on a read compares strongly",
            put("/a", "1").gives(201).saving("ETag", as: "tag"),
            get("/a").with("If-Match", "{tag}").gives(200, "1"),
            get("/a").with("If-Match", "*").gives(200, "1"),
            get("/a").with("If-Match", "W/{tag}").fails(412, "precondition-failed"),
            head("/a").with("If-Match", "\"x\"").gives(412),
            get("/a").with("If-Match", "\"x\"").fails(412, "precondition-failed")),
        Scenario(
            "empty elements of a list are ignored (RFC 9110 §5.6.1)",
            put("/a", "1").gives(201).saving("ETag", as: "tag"),
            get("/a").with("If-None-Match", ", ,{tag} ,").gives(304)),
        Scenario(
            "an invalid entity tag is refused",
            put("/a", "1").with("If-Match", "abc").fails(400, "invalid-header"),
            put("/a", "1").with("If-None-Match", "\"open").fails(400, "invalid-header"),
            put("/a", "1").with("If-Match", "\"a\" \"b\"").fails(400, "invalid-header"),
            get("/a").fails(404, "not-found")),
    ]

    private static let guarded = [
        Scenario(
            "If-None-Match: * on PUT is create only",
            put("/a", "1").with("If-None-Match", "*").gives(201),
            put("/a", "2").with("If-None-Match", "*").fails(412, "precondition-failed").part("/currentValue", "1"),
            put("/b/c", "3").gives(201),
            put("/b", "4").with("If-None-Match", "*").fails(412, "precondition-failed").part(
                "/currentValue", #"{"c":3}"#),
            put("/d", #"{"k":0}"#).gives(201),
            put("/d/k", "1").with("If-None-Match", "*").fails(412, "precondition-failed").part("/currentValue", "0"),
            delete("/a").gives(204),
            put("/a", "5").with("If-None-Match", "*").gives(201)),
        Scenario(
            "a failed precondition is 412 with the current ETag and value, and changes nothing",
            put("/a", #"{"n":1.0}"#).gives(201).saving("ETag", as: "old"),
            put("/a", #"{"n":2.0}"#).gives(200).saving("ETag", as: "now"),
            put("/a", "3").with("If-Match", "{old}").fails(412, "precondition-failed").header("ETag", "{now}")
                .containing(#""currentValue":{"n":2.0}"#).saving("ETag", as: "told"),
            merge("/a", "{}").with("If-Match", "{old}").fails(412, "precondition-failed"),
            delete("/a").with("If-Match", "{old}").fails(412, "precondition-failed"),
            get("/a").gives(200, #"{"n":2.0}"#).header("ETag", "{now}"),
            put("/a", "4").with("If-Match", "{told}").gives(200)),
        Scenario(
            "If-Match holds for lists and *, and never for weak tags",
            put("/a", "1").with("If-Match", "*").fails(412, "precondition-failed").part("/currentETag", nil),
            put("/a", "1").gives(201).saving("ETag", as: "tag"),
            put("/a", "2").with("If-Match", "W/{tag}").fails(412, "precondition-failed"),
            put("/a", "2").with("If-Match", "\"x\", {tag}").gives(200),
            put("/a", "3").with("If-Match", "*").gives(200),
            put("/a", "4").with("If-None-Match", "{tag}").gives(200).saving("ETag", as: "now"),
            put("/a", "5").with("If-None-Match", "W/{now}").fails(412, "precondition-failed")),
        Scenario(
            "If-Match guards a composed value against changes below it",
            put("/a/x", "1").gives(201),
            put("/a/y", "2").gives(201),
            get("/a").saving("ETag", as: "tree"),
            put("/a/y", "3").gives(200),
            merge("/a", #"{"x":5}"#).with("If-Match", "{tree}").fails(412, "precondition-failed"),
            get("/a").saving("ETag", as: "tree"),
            merge("/a", #"{"x":5}"#).with("If-Match", "{tree}").gives(200).saving("ETag", as: "new"),
            get("/a").gives(200, #"{"x":5,"y":3}"#).header("ETag", "{new}")),
        Scenario(
            "If-Match guards a part of a document by the document",
            put("/a", #"{"x":1,"y":2}"#).gives(201),
            get("/a/x").saving("ETag", as: "part"),
            put("/a/x", "5").with("If-Match", "{part}").gives(200).saving("ETag", as: "new"),
            put("/a/x", "6").with("If-Match", "{part}").fails(412, "precondition-failed").part("/currentValue", "5"),
            delete("/a/x").with("If-Match", "{new}").gives(204)),
        Scenario(
            "Nestkv-If-Version is the same by version number",
            put("/a", "1").with("Nestkv-If-Version", "1").fails(412, "precondition-failed"),
            put("/a", "1").with("Nestkv-If-Version", "0").gives(201),
            put("/a", "2").with("Nestkv-If-Version", "0").fails(412, "precondition-failed").part("/currentValue", "1"),
            put("/a", "2").with("Nestkv-If-Version", "1").gives(200).header("Nestkv-Version", "2"),
            delete("/a").with("Nestkv-If-Version", "1").fails(412, "precondition-failed"),
            delete("/a").with("Nestkv-If-Version", "2").gives(204),
            put("/a", "2").with("Nestkv-If-Version", "x").fails(400, "invalid-header")),
        Scenario(
            "Nestkv-If-Version: 0 fails if several leaves are stored",
            put("/a/x", "1").gives(201),
            put("/a/y", "2").gives(201),
            put("/a", "3").with("Nestkv-If-Version", "0").fails(412, "precondition-failed"),
            get("/a").gives(200, #"{"x":1,"y":2}"#)),
    ]

    private static let past = "Sat, 01 Jan 2000 00:00:00 GMT"
    private static let future = "Fri, 01 Jan 2100 00:00:00 GMT"

    private static let dated = [
        Scenario(
            "If-Modified-Since is 304 when nothing changed since, for reads alone",
            put("/a", "1").gives(201).saving("Last-Modified", as: "date"),
            get("/a").with("If-Modified-Since", "{date}").gives(304),
            get("/a").with("If-Modified-Since", future).gives(304),
            get("/a").with("If-Modified-Since", past).gives(200, "1"),
            put("/a", "2").with("If-Modified-Since", future).gives(200)),
        // Sent: PUT, GET, PUT within a second, or with the clock set back in between, GET with the first one's date.
        // Came back: 304 for a value that the client doesn't have. Should come back: 200.
        Scenario(
            "If-Modified-Since is 200 when the value changed within the same second",
            put("/a", "1").gives(201).saving("Last-Modified", as: "date"), put("/a", "2").gives(200),
            get("/a").with("If-Modified-Since", "{date}").gives(200, "2"),
            get("/a").with("If-Modified-Since", "{date}").with("If-None-Match", "*").gives(304),
            get("/a?version=2").with("If-Modified-Since", future).gives(304)),
        Scenario(
            "If-Unmodified-Since is 412 when it changed since",
            put("/a", "1").gives(201).saving("Last-Modified", as: "date"),
            put("/a", "2").with("If-Unmodified-Since", past).fails(412, "precondition-failed"),
            get("/a").with("If-Unmodified-Since", past).fails(412, "precondition-failed"),
            put("/a", "2").with("If-Unmodified-Since", future).gives(200)),
        Scenario(
            "the two obsolete date formats are read, too (RFC 9110 §5.6.7)",
            put("/a", "1").gives(201),
            get("/a").with("If-Unmodified-Since", "Saturday, 01-Jan-00 00:00:00 GMT").fails(412, "precondition-failed"),
            get("/a").with("If-Unmodified-Since", "Sat Jan  1 00:00:00 2000").fails(412, "precondition-failed")),
        Scenario(
            "an invalid date is ignored (RFC 9110 §13.1.3, §13.1.4)",
            put("/a", "1").gives(201),
            get("/a").with("If-Unmodified-Since", "yesterday").gives(200, "1"),
            get("/a").with("If-Modified-Since", "Sat, 32 Jan 2100 00:00:00 GMT").gives(200, "1"),
            get("/a").with("If-Modified-Since", "Sun, 31 Feb 2100 00:00:00 GMT").gives(200, "1")),
    ]

    private static let ordered = [
        Scenario(
            "the order of evaluation is that of RFC 9110 §13.2.2",
            put("/a", "1").gives(201).saving("ETag", as: "tag"),
            // With If-Match, If-Unmodified-Since is ignored.
            get("/a").with("If-Match", "{tag}").with("If-Unmodified-Since", past).gives(200, "1"),
            // With If-None-Match, If-Modified-Since is ignored.
            get("/a").with("If-None-Match", "\"x\"").with("If-Modified-Since", future).gives(200, "1"),
            get("/a").with("If-None-Match", "{tag}").with("If-Modified-Since", past).gives(304),
            // If-Match comes first.
            get("/a").with("If-Match", "\"x\"").with("If-None-Match", "{tag}").fails(412, "precondition-failed"),
            get("/a").with("If-Match", "{tag}").with("If-None-Match", "{tag}").gives(304),
            put("/a", "2").with("If-Match", "{tag}").with("If-None-Match", "{tag}").fails(412, "precondition-failed")),
        Scenario(
            "a request that would fail in any case is not checked for its conditions first (RFC 9110 §13.2.1)",
            put("/a", "1").gives(201),
            put("/a", "{").with("If-Match", "\"x\"").fails(400, "invalid-json"),
            put("/a?nope", "1").with("If-Match", "\"x\"").fails(400, "invalid-parameter")),
    ]
}
