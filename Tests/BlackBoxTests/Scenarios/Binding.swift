extension Scenario {
    /// Modes of bindings, several bindings, and schemas that a write states.
    static let binding = [
        Scenario(
            "with the mode 'warn' an invalid value is stored without a schema and counted",
            person, bind("/{e}/+", "{e}", mode: "warn").gives(201),
            put("/a", #"{"name":"n"}"#).gives(201).header("Nestkv-Schema-Errors", .absent)
                .part("/schemaHash", "null").failing(),
            put("/a", #"{"age":-1,"x":1}"#).gives(200).header("Nestkv-Schema-Errors", "3").part("/schemaHash", "null"),
            batch(#"{"method":"PUT","path":"/{e}/b","value":{}}"#).part("/results/0/schemaErrors", "1")
                .part("/results/0/status", "201"),
            transaction(
                #"{"method":"PUT","path":"/{e}/c","value":{"name":"n"}}"#,
                #"{"method":"PUT","path":"/{e}/d","value":{}}"#
            ).gives(200).part("/results/0/schemaErrors", nil).part("/results/1/schemaErrors", "1"),
            delete("/c/name").gives(204).header("Nestkv-Schema-Errors", "1")),
        Scenario(
            "at the first difference a name is preferred to '+', and bindings at different depths all hold",
            named("{e}-n", #"{"type":"number"}"#).gives(201), named("{e}-s", #"{"type":"string"}"#).gives(201),
            named("{e}-o", #"{"maxProperties":2}"#).gives(201),
            bound("1", "/{e}/+/v", "{e}-n"), bound("2", "/{e}/a/+", "{e}-s"), bound("3", "/{e}/+", "{e}-o"),
            put("/a/v", "1").fails(422, "schema-violation").part("/schemaName", #""{e}-s""#),
            put("/a/v", #""s""#).gives(201),
            put("/b/v", #""s""#).fails(422, "schema-violation").part("/schemaName", #""{e}-n""#),
            put("/b/v", "1").gives(201), put("/b/w", "true").gives(201),
            put("/b/x", "1").fails(422, "schema-violation").part("/path", #""/{e}/b""#)),
        Scenario(
            "a binding follows the newest version, unless it names one",
            schema(#"{"type":"number"}"#).gives(201), bind("/{e}/new/+", "{e}").gives(201),
            Step("PUT", "/__schema/_bindings/{e}-1", body: #"{"match":"/{e}/old/+","schema":"{e}@1"}"#).gives(201),
            put("/new/a", "1").gives(201),
            schema(#"{"type":"string"}"#).fails(409, "incompatible-schema"),
            Step("PUT", "/__schema/{e}?force", body: #"{"type":"string"}"#).gives(200).part("/version", "2"),
            put("/new/a", "1").fails(422, "schema-violation").part("/schemaVersion", "2"),
            put("/new/a", #""s""#).gives(200),
            put("/old/a", "1").gives(201),
            put("/old/a", #""s""#).fails(422, "schema-violation").part("/schemaVersion", "1")),
        Scenario(
            "a write can state the schema of its path, and the leaf keeps it when a part of it changes",
            put("/a", "1").with("Nestkv-Schema", "{e}").fails(422, "unknown-schema"),
            put("/a", "1").with("Nestkv-Schema", "sha256:abc").fails(422, "unknown-schema"),
            batch(#"{"method":"PUT","path":"/{e}/a","value":1,"schema":"{e}"}"#)
                .part("/results/0/problem/code", #""unknown-schema""#),
            person,
            put("/a", #"{"name":1}"#).with("Nestkv-Schema", "{e}@1").fails(422, "schema-violation"),
            put("/a", #"{"name":"n"}"#).with("Nestkv-Schema", "{e}@1").gives(201)
                .part("/schemaHash", "null").failing(),
            merge("/a", #"{"age":-1}"#).fails(422, "schema-violation"),
            merge("/a", #"{"age":1}"#).gives(200).part("/schemaHash", "null").failing(),
            put("/a/age", "-1").fails(422, "schema-violation"),
            put("/a/age", "2").gives(200).part("/schemaHash", "null").failing(),
            op("/a?op=expire&ttl=1h").gives(200).part("/schemaHash", "null").failing(),
            op("/a/age?op=increment&by=-3").fails(422, "schema-violation"),
            delete("/a/name").fails(422, "schema-violation"),
            get("/a").gives(200, #"{"name":"n","age":2}"#),
            // A value that replaces all states its schema itself.
            put("/a", "1").gives(200).part("/schemaHash", "null"),
            post("/l", #"{"name":1}"#).with("Nestkv-Schema", "{e}").fails(422, "schema-violation"),
            post("/l", #"{"name":"n"}"#).with("Nestkv-Schema", "{e}").gives(201).part("/schemaHash", "null").failing()),
        Scenario(
            "a stated schema is that of the path, however the value is stored",
            person, named("{e}-t", #"{"type":"string"}"#).gives(201),
            put("/d", #"{"p":{"name":"n"}}"#).gives(201),
            put("/d/p", #"{"name":1}"#).with("Nestkv-Schema", "{e}").fails(422, "schema-violation"),
            put("/d/p", #"{"name":"m"}"#).with("Nestkv-Schema", "{e}").gives(200).part("/schemaHash", "null"),
            put("/f?flatten", #"{"name":1}"#).with("Nestkv-Schema", "{e}").fails(422, "schema-violation"),
            put("/f?flatten", #"{"name":"n"}"#).with("Nestkv-Schema", "{e}").gives(201),
            get("/f/name?entry").part("/metadata/schemaHash", "null"),
            bind("/{e}/b/+", "{e}").gives(201),
            put("/b/a", #"{"name":"n"}"#).with("Nestkv-Schema", "{e}-t").fails(422, "not-applicable"),
            put("/b/a", #"{"name":"n"}"#).with("Nestkv-Schema", "{e}").gives(201)),
        Scenario(
            "a value that costs too much to check is refused",
            schema(#"{"type":"string","pattern":"^(a+)+$"}"#).gives(201), bind("/{e}/+", "{e}").gives(201),
            put("/a", #""aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!""#).fails(422, "schema-too-costly").part(
                "/path", #""/{e}/a""#),
            put("/a", #""aaaa""#).gives(201)),
        Scenario(
            "what was invalid before can be deleted, and its expiry set",
            put("/a", "1").gives(201), put("/p/x", "1").gives(201), person,
            bind("/{e}/+", "{e}").gives(201),
            op("/a?op=expire&ttl=1h").gives(200), op("/a?op=persist").gives(200),
            put("/p/x", "2").fails(422, "schema-violation"),
            delete("/a").gives(204),
            put("/q", #"{"name":"n"}"#).gives(201),
            Step("PUT", "/__schema/_bindings/{e}", body: #"{"match":"/{e}","schema":"{e}"}"#).gives(200),
            Step("DELETE", "/_entrypoints/{e}").gives(204)),
    ]

    static func bound(_ name: String, _ path: String, _ schema: String) -> Step {
        Step("PUT", "/__schema/_bindings/{e}-\(name)", body: #"{"match":"\#(path)","schema":"\#(schema)"}"#)
            .gives(201)
    }
}
