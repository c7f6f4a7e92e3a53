extension Scenario {
    /// That of `{"const":"a schema without a name"}`.
    private static let hash = "sha256:97e6e832493916796f1017964c2e87efb09434e974d71c074f7c873eff8e9eb9"

    /// `/__schema`: schemas and bindings.
    static let registering = [
        Scenario(
            "a schema is registered, read by name, version and hash, listed, changed and deleted",
            Step("GET", "/__schema/{e}").fails(404, "not-found"),
            schema(#"{"type":"object"}"#).with("Nestkv-Modified-By", "ann").gives(201).part("/version", "1")
                .header("Location", "/__schema/{e}").saving("ETag", as: "tag"),
            Step("GET", "/__schema/{e}").gives(200, #"{"type":"object"}"#).header("Nestkv-Version", "1")
                .header("ETag", "{tag}"),
            Step("GET", "/__schema/{e}").with("If-None-Match", "{tag}").gives(304),
            Step("HEAD", "/__schema/{e}").gives(200),
            schema(#"{ "type" : "object" }"#).gives(200).part("/version", "1").header("Nestkv-Revision", .absent),
            schema(#"{"type":"array"}"#).gives(200).part("/version", "2").header("Nestkv-Revision", .present),
            Step("GET", "/__schema/{e}?version=1").gives(200, #"{"type":"object"}"#),
            Step("GET", "/__schema/{e}?history").gives(200).part("/0/version", "2").part("/1/modifiedBy", #""ann""#),
            Step("GET", "/__schema/{e}?entry").gives(200).part("/metadata/version", "2"),
            Step("GET", "/__schema?after={e}&limit=0").fails(400, "invalid-parameter"),
            Step("GET", "/__schema").gives(200).containing(#"{"name":"{e}","version":2,"hash":"sha256:"#),
            Step("GET", "/__schema/sha256:\(String(repeating: "0", count: 64))").fails(404, "not-found"),
            Step("DELETE", "/__schema/{e}").with("If-Match", "{tag}").fails(412, "precondition-failed"),
            Step("DELETE", "/__schema/{e}").gives(204),
            Step("DELETE", "/__schema/{e}").fails(404, "not-found"),
            // A new schema has a later version than the deleted one.
            schema(#"{"type":"string"}"#).gives(201).part("/version", "4"),
            put("/a", #""s""#).with("Nestkv-Schema", "{e}@4").gives(201),
            put("/a", "[]").with("Nestkv-Schema", "{e}@2").gives(200)),
        Scenario(
            "a schema is registered by its hash alone, and keeps the versions that it is",
            named(hash, #"{"const":"{e}"}"#).fails(422, "invalid-schema").containing("has the hash sha256:"),
            named(hash, #"{"const":"a schema without a name"}"#).with("If-Match", "*")
                .fails(412, "precondition-failed"),
            named(hash, #"{"const":"a schema without a name"}"#).gives(201).part("/hash", "\"\(hash)\""),
            named(hash, #"{ "const": "a schema without a name" }"#).gives(200).header("Nestkv-Revision", .absent),
            put("/a", #""a schema without a name""#).with("Nestkv-Schema", hash).gives(201),
            put("/a", "1").with("Nestkv-Schema", hash).fails(422, "schema-violation"),
            Step("GET", "/__schema/_hashes").gives(200).containing(#"{"hash":"\#(hash)","versions":[]}"#),
            schema(#"{"const":"a schema without a name"}"#).gives(201),
            named(hash, #"{"const":"a schema without a name"}"#).gives(200),
            Step("GET", "/__schema/_hashes").gives(200)
                .containing(#"{"hash":"\#(hash)","versions":["{e}@1"]}"#),
            Step("GET", "/__schema/_hashes?limit=0").fails(400, "invalid-parameter"),
            Step("GET", "/__schema/_hashes?after=sha256:f").gives(200).containing(#""next":null"#),
            Step("DELETE", "/__schema/{e}").gives(204),
            Step("DELETE", "/{e}/a").gives(204),
            Step("DELETE", "/__schema/\(hash)").gives(204)),
        Scenario(
            "conditions apply to the registration of a schema, also of an equal one",
            schema(#"{"minimum":1}"#).with("If-None-Match", "*").gives(201),
            schema(#"{"minimum":1}"#).with("If-None-Match", "*").fails(412, "precondition-failed"),
            schema(#"{"minimum":2}"#).with("Nestkv-If-Version", "7").fails(412, "precondition-failed"),
            schema(#"{"minimum":2}"#).with("Nestkv-If-Version", "1").gives(200).part("/version", "2")),
        Scenario(
            "what is not a schema is refused with the reason and its place",
            schema(#"{"type":"objekt"}"#).fails(422, "invalid-schema").part("/pointer", #""/type""#)
                .part("/errors/0/instanceLocation", #""/type""#).containing("Did you mean"),
            schema(##"{"$schema":"http://json-schema.org/draft-04/schema#","exclusiveMinimum":3}"##)
                .fails(422, "invalid-schema"),
            schema(##"{"$defs":{"a":{"$ref":"#/$defs/b"}}}"##).fails(422, "unresolvable-reference")
                .part("/pointer", ##""/$defs/a/$ref""##),
            schema(#"{"$ref":"https://example.com/x.json"}"#).fails(422, "unresolvable-reference"),
            schema(#"{"$ref":"nestkv:{e}@1"}"#).fails(422, "unresolvable-reference"),
            schema(##"{"$ref":"#"}"##).fails(422, "schema-too-costly"),
            schema(#"{"pattern":"(?<"}"#).fails(422, "invalid-schema"),
            schema(#"{"format":"no-such-format"}"#).fails(422, "invalid-schema"),
            schema("{").fails(400, "invalid-json"),
            Step("PUT", "/__schema/a@1", body: "{}").fails(400, "invalid-key"),
            Step("PUT", "/__schema/_a", body: "{}").fails(400, "invalid-key"),
            Step("DELETE", "/__schema/a@1").fails(400, "invalid-key"),
            Step("GET", "/__schema/{e}").fails(404, "not-found")),
        Scenario(
            "a schema contains those that it refers to, as they were when it was registered",
            named("{e}-id", #"{"$id":"https://{e}.example/id","type":"integer"}"#).gives(201),
            named("{e}-plain", #"{"type":"string"}"#).gives(201),
            schema(
                ##"{"properties":{"id":{"$ref":"https://{e}.example/id"},"text":{"$ref":"nestkv:{e}-plain@1"},"##
                    + ##""self":{"$ref":"#/properties/text"}}}"##
            ).gives(201).saving("ETag", as: "tag"),
            named("{e}-plain", #"{"type":"boolean"}"#).gives(200).part("/version", "2"),
            put("/v", #"{"id":1,"text":"t","self":"s"}"#).with("Nestkv-Schema", "{e}").gives(201),
            put("/v", #"{"id":"1","text":true,"self":1}"#).with("Nestkv-Schema", "{e}")
                .fails(422, "schema-violation").part("/errorCount", "3"),
            Step("GET", "/__schema/{e}").gives(200).containing(#""$id":"nestkv:{e}-plain@1""#),
            named(
                "{e}-old",
                ##"{"$schema":"http://json-schema.org/draft-04/schema#","minimum":3,"## + #""exclusiveMinimum":true}"#
            ).gives(201),
            named("{e}-new", #"{"items":{"$ref":"nestkv:{e}-old@1"}}"#).gives(201),
            put("/w", "[3]").with("Nestkv-Schema", "{e}-new").fails(422, "schema-violation"),
            put("/w", "[4]").with("Nestkv-Schema", "{e}-new").gives(201)),
        Scenario(
            "a binding is created, read, listed, replaced and deleted",
            schema(#"{"type":"object"}"#).gives(201),
            Step("GET", "/__schema/_bindings/{e}").fails(404, "not-found"),
            bind("/{e}/+", "{e}").gives(201).part("/mode", #""enforce""#).part("/schema", #""{e}""#)
                .header("Location", "/__schema/_bindings/{e}").saving("ETag", as: "tag"),
            Step("GET", "/__schema/_bindings/{e}").gives(200).part("/match", #""/{e}/+""#).header("ETag", "{tag}"),
            Step("GET", "/__schema/_bindings").gives(200).containing(#"{"name":"{e}","match":"/{e}/+""#),
            put("/a", "1").fails(422, "schema-violation"),
            bind("/{e}/+", "{e}@1", mode: "off").with("If-Match", "{tag}").gives(200).part("/mode", #""off""#),
            put("/a", "1").gives(201),
            Step("DELETE", "/__schema/_bindings/{e}").gives(204),
            Step("DELETE", "/__schema/_bindings/{e}").fails(404, "not-found")),
        Scenario(
            "a binding that leads nowhere is refused",
            schema("true").gives(201),
            bind("/{e}/+", "{e}-none").fails(422, "unknown-schema"),
            bind("/{e}/+", "{e}@2").fails(422, "unknown-schema"),
            bind("/{e}/+", "a b").fails(400, "invalid-json"),
            bind("{e}/a", "{e}").fails(400, "invalid-key"),
            bind("/__schema/a", "{e}").fails(400, "invalid-key"),
            bind("/{e}/#", "{e}").fails(400, "invalid-key"),
            bind("/{e}/%23", "{e}").fails(400, "invalid-key"),
            bind("/{e}/%zz", "{e}").fails(400, "invalid-key"),
            bind("/{e}/+", "{e}", mode: "strict").fails(400, "invalid-json").containing("enforce"),
            Step("PUT", "/__schema/_bindings/{e}", body: #"{"match":"/{e}"}"#).fails(400, "invalid-json"),
            Step("PUT", "/__schema/_bindings/{e}", body: #"{"match":"/{e}","schema":"{e}","when":1}"#)
                .fails(400, "invalid-json"),
            Step("PUT", "/__schema/_bindings/_x", body: #"{"match":"/{e}","schema":"{e}"}"#).fails(400, "invalid-key"),
            bind("/{e}/+", "{e}").gives(201),
            Step("PUT", "/__schema/_bindings/{e}-2", body: #"{"match":"/{e}/+","schema":"{e}"}"#)
                .fails(422, "not-applicable").containing("'{e}'"),
            Step("DELETE", "/__schema/_bindings/{e}").gives(204)),
        Scenario(
            "a schema in use can't be deleted, and the reply says by what it is used",
            schema(inUse).gives(201),
            bind("/{e}/+", "{e}@1").gives(201),
            Step("DELETE", "/__schema/{e}").fails(409, "schema-in-use").part("/bindings", #"["{e}"]"#),
            Step("DELETE", "/__schema/\(inUseHash)").fails(409, "schema-in-use").part("/bindings", #"["{e}"]"#),
            put("/a", "1").gives(201),
            Step("DELETE", "/__schema/_bindings/{e}").gives(204),
            Step("DELETE", "/__schema/\(inUseHash)").fails(409, "schema-in-use").part("/values", "1")
                .containing("the newest version of '{e}'"),
            Step("DELETE", "/__schema/{e}").gives(204),
            Step("DELETE", "/__schema/\(inUseHash)").fails(409, "schema-in-use").part("/values", "1"),
            Step("GET", "/__schema/\(inUseHash)").gives(200, inUse),
            delete("/a").gives(204),
            Step("DELETE", "/__schema/\(inUseHash)").gives(204),
            Step("GET", "/__schema/\(inUseHash)").fails(404, "not-found")),
    ]

    private static let inUse = #"{"title":"in use"}"#
    private static let inUseHash = "sha256:839b35bab5d9589a8fc6a37f8294bea38941bff2cfdcfd76d74eeeebf69b667a"
}

/// Registers a schema with the name of the scenario's entry point.
func schema(_ text: String) -> Step { named("{e}", text) }

/// Registers a schema.
func named(_ name: String, _ text: String) -> Step { Step("PUT", "/__schema/\(name)", body: text) }

/// Binds paths, by the binding with the name of the scenario's entry point.
func bind(_ path: String, _ schema: String, mode: String = "enforce") -> Step {
    Step(
        "PUT", "/__schema/_bindings/{e}", body: #"{"match":"\#(path)","schema":"\#(schema)","mode":"\#(mode)"}"#)
}
