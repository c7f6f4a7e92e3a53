extension Scenario {
    /// What readers get of values that follow an older schema, or none.
    static let shaping = [
        Scenario(
            "a leaf of an older schema is read in the shape of its binding, or in another one",
            schema(first).gives(201), schema(second).gives(200), bind("/{e}/p/+", "{e}@1").gives(201),
            put("/p/a", #"{"name":"n","age":1}"#).gives(201).saving("ETag", as: "stored"),
            get("/p/a").gives(200, #"{"name":"n","age":1}"#).header("Nestkv-Schema", .present)
                .header("Link", .present).header("Nestkv-Left-Out", .absent).header("ETag", "{stored}"),
            migrate, bind("/{e}/p/+", "{e}@2").gives(200),
            get("/p/a").gives(200, #"{"fullName":"n","age":1,"locale":"en"}"#).header("Last-Modified", .absent)
                .header("Nestkv-Schema", .present).header("Nestkv-Version", "1").saving("ETag", as: "tag"),
            get("/p/a").with("If-None-Match", "{tag}").gives(304),
            get("/p/a").with("If-None-Match", "{stored}").gives(200),
            head("/p/a").gives(200).header("ETag", "{tag}"),
            get("/p/a?pretty").gives(200, json: #"{"fullName":"n","age":1,"locale":"en"}"#),
            get("/p/a?depth=1").gives(200, #"{"fullName":"n","age":1,"locale":"en"}"#),
            get("/p/a?entry").gives(200).part("/value/locale", #""en""#).part("/metadata/version", "1")
                .part("/metadata/shownAs", "null").failing(),
            get("/p/a/fullName").gives(200, #""n""#).header("ETag", "{tag}").failing(),
            get("/p/a/name").fails(404, "not-found"), get("/p/a/locale").gives(200, #""en""#),
            get("/p").gives(200, #"{"a":{"fullName":"n","age":1,"locale":"en"}}"#),
            get().gives(200, #"{"p":{"a":{"fullName":"n","age":1,"locale":"en"}}}"#),
            get("/p/a?schema=stored").gives(200, #"{"name":"n","age":1}"#).header("ETag", "{stored}"),
            get("/p/a?schema={e}@1").gives(200, #"{"name":"n","age":1}"#),
            get("/p/a?schema={e}@2").gives(200, #"{"fullName":"n","age":1,"locale":"en"}"#),
            get("/p/a/name?schema=stored").gives(200, #""n""#), get("/p/a/name?schema={e}@1").gives(200, #""n""#),
            get("/p/a?leaf").gives(200, #"{"name":"n","age":1}"#),
            get("/p/a?schema={e}@3").fails(422, "unknown-schema"),
            get("/p/a?version=1&schema=stored").fails(400, "invalid-parameter"),
            named("{e}-o", #"{"type":"number"}"#).gives(201),
            get("/p/a?schema={e}-o").fails(406, "no-migration").containing("follows {e}@1"),
            Step("POST", "/_payload", body: #"{"mapping":{"x":"/{e}/p/a"}}"#)
                .gives(200, #"{"x":{"fullName":"n","age":1,"locale":"en"}}"#),
            get("/p?since=earliest&schema=stored").gives(200).part("/changes/0/value/name", #""n""#),
            get("/p?since=earliest").gives(200).part("/changes/0/value/fullName", #""n""#)),
        Scenario(
            "what changes a part of an older leaf changes what its reader got",
            schema(first).gives(201), schema(second).gives(200), bind("/{e}/p/+", "{e}@1").gives(201), migrate,
            put("/p/a", #"{"name":"n"}"#).gives(201), put("/p/b", #"{"name":"m"}"#).gives(201),
            put("/p/c", #"{"name":"o"}"#).gives(201), put("/p/d", #"{"name":"q","age":1}"#).gives(201),
            bind("/{e}/p/+", "{e}@2").gives(200),
            get("/p/a").gives(200).saving("ETag", as: "tag"),
            merge("/p/a", #"{"age":2}"#).with("If-Match", "{tag}").gives(200),
            get("/p/a?schema=stored").gives(200, #"{"fullName":"n","locale":"en","age":2}"#)
                .saving("ETag", as: "next"),
            merge("/p/a", #"{"age":3}"#).with("If-Match", "{tag}").fails(412, "precondition-failed"),
            get("/p/a?version=1").gives(200, #"{"name":"n"}"#), get("/p/a?history").part("/1/value/name", #""n""#),
            merge("/p/a", #"{"name":"x"}"#).fails(422, "schema-violation"),
            put("/p/b/fullName", #""x""#).gives(200),
            get("/p/b?schema=stored").gives(200, #"{"fullName":"x","locale":"en"}"#),
            operations("/p/c", #"[{"op":"test","path":"/fullName","value":"o"},{"op":"remove","path":"/locale"}]"#)
                .fails(422, "schema-violation"),
            get("/p/c?schema=stored").gives(200, #"{"name":"o"}"#),
            op("/p/d/age?op=increment").gives(200),
            op("/p/d?op=restore&version=1").gives(200),
            get("/p/d?schema=stored").gives(200, #"{"fullName":"q","age":1,"locale":"en"}"#),
            put("/p/d", #"{"name":"r"}"#).fails(422, "schema-violation"),
            transaction(
                if: #"[{"path":"/{e}/p/c","version":1}]"#,
                #"{"method":"PATCH","path":"/{e}/p/c","value":{"age":4}}"#,
                #"{"method":"PATCH","path":"/{e}/p/c","value":{"age":5}}"#
            ).gives(200),
            get("/p/c?schema=stored").gives(200, #"{"fullName":"o","locale":"en","age":5}"#),
            get("/p/c?version=1").gives(200, #"{"name":"o"}"#)),
        Scenario(
            "a writer can go on with an older schema from which a migration leads",
            schema(first).gives(201), schema(second).gives(200), bind("/{e}/p/+", "{e}@1").gives(201),
            bind("/{e}/p/+", "{e}@2").gives(200),
            put("/p/a", #"{"name":"n"}"#).with("Nestkv-Schema", "{e}@1").fails(422, "not-applicable"),
            migrate,
            put("/p/a", #"{"name":"n"}"#).with("Nestkv-Schema", "{e}@1").gives(201),
            put("/p/a", #"{"name":1}"#).with("Nestkv-Schema", "{e}@1").fails(422, "schema-violation")
                .part("/schemaVersion", "1"),
            get("/p/a").gives(200, #"{"fullName":"n","locale":"en"}"#),
            get("/p/a?schema=stored").gives(200, #"{"name":"n"}"#),
            transaction(#"{"method":"PUT","path":"/{e}/p/b","value":{"name":"m"},"schema":"{e}@1"}"#).gives(200),
            get("/p").gives(200, #"{"a":{"fullName":"n","locale":"en"},"b":{"fullName":"m","locale":"en"}}"#)),
        Scenario(
            "a migration can bring the next version along, and no reader meets the time between",
            schema(first).gives(201), bind("/{e}/p/+", "{e}").gives(201), put("/p/a", #"{"name":"n"}"#).gives(201),
            schema(second).fails(409, "incompatible-schema"),
            migrating(1, 2, to: #"{"type":"nothing"}"#).fails(422, "invalid-schema"),
            migrating(1, 3, to: second).fails(422, "not-applicable").containing("one after the other"),
            migrating(2, 3, to: second).fails(422, "unknown-schema"),
            migrating(1, 2, to: first).fails(422, "not-applicable"),
            migrating(1, 2, to: #"{"title":"{e}","required":["x"]}"#).fails(422, "migration-failed"),
            Step("GET", "/__schema/{e}").gives(200).header("Nestkv-Version", "1"),
            migrating(1, 2, to: second).with("Nestkv-Modified-By", "me").gives(201).part("/proof/leaves", "1"),
            Step("GET", "/__schema/{e}?entry").gives(200).part("/metadata/version", "2")
                .part("/metadata/modifiedBy", #""me""#),
            get("/p/a").gives(200, #"{"fullName":"n","locale":"en"}"#),
            put("/p/b", #"{"fullName":"m","locale":"de"}"#).gives(201),
            migrating(1, 2, to: second).gives(200), migrating(1, 2, to: first).fails(422, "not-applicable")),
        Scenario(
            "an invalid value is refused at its own path, and left out above",
            put("/p/a", #"{"name":1}"#).gives(201), put("/p/b", #"{"name":"m"}"#).gives(201),
            put("/p/c?flatten", #"{"name":2}"#).gives(201), put("/d", #"{"x":{"name":3},"y":{"name":"z"}}"#).gives(201),
            schema(first).gives(201), schema(second).gives(200), bind("/{e}/p/+", "{e}@1").gives(201),
            named("{e}-d", "true").gives(201),
            Step("PUT", "/__schema/_bindings/{e}-d", body: #"{"match":"/{e}/d/+","schema":"{e}@1"}"#).gives(201),
            get("/p/a").fails(422, "invalid-stored-value").part("/path", #""/{e}/p/a""#)
                .part("/errors/0/pointer", ##""#/name""##).containing("'?schema=stored'"),
            get("/p/a/name").fails(422, "invalid-stored-value").part("/path", #""/{e}/p/a""#),
            get("/p/a?schema=stored").gives(200, #"{"name":1}"#), get("/p/a?leaf").gives(200, #"{"name":1}"#),
            get("/p/c").fails(422, "invalid-stored-value"), get("/p/c/name").fails(422, "invalid-stored-value"),
            get("/p/b").gives(200, #"{"name":"m"}"#).header("Nestkv-Schema", .absent),
            get("/p").gives(200, #"{"b":{"name":"m"}}"#).header("Nestkv-Left-Out", "2"),
            get("/d").gives(200, #"{"y":{"name":"z"}}"#).header("Nestkv-Left-Out", "1"),
            get("/d/x").fails(422, "invalid-stored-value").part("/path", #""/{e}/d/x""#),
            get().gives(200, json: #"{"d":{"y":{"name":"z"}},"p":{"b":{"name":"m"}}}"#).header("Nestkv-Left-Out", "3"),
            Step("POST", "/_payload", body: #"{"mapping":{"x":"/{e}/p/a"}}"#).fails(422, "invalid-stored-value"),
            get("/p/+?since=earliest").gives(200).part("/changes/0/invalid", "true").part("/changes/0/value", "null")
                .part("/changes/1/invalid", nil),
            // It can be replaced, mended and deleted.
            merge("/p/a", #"{"name":"n"}"#).gives(200), get("/p/a").gives(200, #"{"name":"n"}"#),
            put("/p/c", #"{"name":"o"}"#).gives(200), delete("/d/x").gives(204),
            get().gives(200).header("Nestkv-Left-Out", .absent),
            // With the mode 'warn' everything is shown.
            put("/w/a", "1").gives(201),
            Step("PUT", "/__schema/_bindings/{e}-d", body: #"{"match":"/{e}/w/+","schema":"{e}@1","mode":"warn"}"#)
                .gives(200),
            get("/w/a").gives(200, "1"), get("/w").gives(200, #"{"a":1}"#)),
        Scenario(
            "a value of several leaves, or in a document, is migrated if it follows an older version",
            schema(first).gives(201), schema(second).gives(200), bind("/{e}/p/+", "{e}@1").gives(201), migrate,
            put("/p/f?flatten", #"{"name":"n","age":1}"#).gives(201),
            Step("PUT", "/__schema/_bindings/{e}-d", body: #"{"match":"/{e}/d/+","schema":"{e}@2"}"#).gives(201),
            put("/d?leaf", #"{"x":{"fullName":"n","locale":"en"}}"#).gives(201),
            bind("/{e}/p/+", "{e}@2").gives(200),
            get("/p/f").gives(200, json: #"{"fullName":"n","age":1,"locale":"en"}"#),
            get("/p/f/fullName").gives(200, #""n""#), get("/p/f/name").fails(404, "not-found"),
            get("/p").gives(200, json: #"{"f":{"fullName":"n","age":1,"locale":"en"}}"#),
            put("/p/f/age", "2").fails(422, "schema-violation"),
            put("/p/f", #"{"fullName":"m","locale":"de"}"#).gives(200),
            get("/d").gives(200, #"{"x":{"fullName":"n","locale":"en"}}"#)),
        Scenario(
            "bindings inside of a bound value shape their parts, and the whole must fit",
            named("{e}-o", #"{"type":"object","required":["in"]}"#).gives(201),
            put("/a", #"{"in":{"name":1},"x":1}"#).gives(201), put("/b", #"{"in":{"name":"n"}}"#).gives(201),
            schema(first).gives(201), schema(second).gives(200), bind("/{e}/p/+", "{e}@1").gives(201),
            Step("PUT", "/__schema/_bindings/{e}-o", body: #"{"match":"/{e}/+","schema":"{e}-o"}"#).gives(201),
            bind("/{e}/+/in", "{e}@1").gives(200),
            get("/b").gives(200, #"{"in":{"name":"n"}}"#), get("/b/in").gives(200, #"{"name":"n"}"#),
            get("/a").fails(422, "invalid-stored-value").containing("'in' is missing"),
            get("/a/in").fails(422, "invalid-stored-value"),
            get().gives(200, #"{"b":{"in":{"name":"n"}}}"#).header("Nestkv-Left-Out", .present)),
    ]

    private static let first =
        #"{"title":"{e}","type":"object","required":["name"],"additionalProperties":false,"#
        + #""properties":{"name":{"type":"string"},"age":{"type":"integer"}}}"#
    private static let second =
        #"{"title":"{e}","type":"object","required":["fullName","locale"],"additionalProperties":false,"#
        + #""properties":{"fullName":{"type":"string"},"locale":{"type":"string"},"age":{"type":"integer"}}}"#
    private static let up =
        #"[{"op":"rename","path":"/name","to":"fullName"},{"op":"default","path":"/locale","value":"en"}]"#
    private static let migrate = Step(
        "PUT", "/__schema/_migrations/{e}@1..{e}@2", body: #"{"up":\#(up)}"#
    ).gives(201)

    /// Stores a migration with the version to which it leads.
    private static func migrating(_ from: Int, _ to: Int, to schema: String) -> Step {
        Step(
            "PUT", "/__schema/_migrations/{e}@\(from)..{e}@\(to)", body: #"{"up":\#(up),"schema":\#(schema)}"#)
    }
}
