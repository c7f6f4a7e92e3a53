extension Scenario {
    /// New versions of schemas, and checks of what is stored.
    static let evolving = [
        Scenario(
            "a version that adds an optional member to a closed object is accepted without a look at values",
            closed("name").gives(201), bind("/{e}/+", "{e}").gives(201), put("/a", #"{"name":"n"}"#).gives(201),
            check("name,mail").gives(200).part("/compatible", "true").part("/level", #""backward""#)
                .part("/static", #""yes""#).part("/breaking", "[]").part("/data/examined", "1"),
            closed("name,mail").gives(200).part("/version", "2").part("/data", nil),
            put("/a", #"{"name":"n","mail":"m"}"#).gives(200)),
        Scenario(
            "a version that adds a required member is refused with what breaks, and accepted if all values have it",
            closed("name,mail").gives(201), bind("/{e}/+", "{e}").gives(201),
            put("/a", #"{"name":"n"}"#).gives(201), put("/b", #"{"name":"n","mail":"m"}"#).gives(201),
            put("/c?flatten", #"{"name":"n","mail":"m"}"#).gives(201),
            closed("name,mail", required: #""mail""#).fails(409, "incompatible-schema").part("/static", #""no""#)
                .part("/breaking/0/change", #""required""#).part("/breaking/0/version", "1")
                .part("/data/examined", "3").part("/data/invalid", "1").part("/data/examples/0/path", #""/{e}/a""#)
                .part("/data/examples/0/errors/0/keyword", #""required""#).containing("?force"),
            Step("GET", "/__schema/{e}").gives(200).header("Nestkv-Version", "1"),
            check("name,mail", required: #""mail""#).gives(200).part("/compatible", "false").part("/data/invalid", "1"),
            put("/a", #"{"name":"n","mail":"m"}"#).gives(200),
            check("name,mail", required: #""mail""#).gives(200).part("/compatible", "true").part("/static", #""no""#),
            closed("name,mail", required: #""mail""#).gives(200).part("/version", "2").part("/data/examined", "3")
                .part("/data/invalid", "0"),
            put("/c/name", "1").fails(422, "schema-violation").part("/schemaVersion", "2"),
            delete("/c/mail").fails(422, "schema-violation")),
        Scenario(
            "'?force' registers in spite of what is stored, and a first version is always accepted",
            schema(#"{"type":"integer"}"#).gives(201), bind("/{e}/+", "{e}", mode: "warn").gives(201),
            put("/a", "1").gives(201), schema(#"{"type":"string"}"#).fails(409, "incompatible-schema"),
            Step("PUT", "/__schema/{e}?force=maybe", body: "{}").fails(400, "invalid-parameter"),
            Step("PUT", "/__schema/{e}?force", body: #"{"type":"string"}"#).gives(200).part("/version", "2")
                .part("/data", nil),
            Step("DELETE", "/__schema/_bindings/{e}").gives(204), Step("DELETE", "/__schema/{e}").gives(204),
            schema("false").gives(201)),
        Scenario(
            "a document above bound paths, its parts and leaves that state a schema are examined",
            schema(integer).gives(201), bind("/{e}/x/y/+", "{e}").gives(201),
            put("", #"{"x":{"y":{"a":1,"b":2}}}"#).gives(201), put("/x/y/c?leaf", "3").gives(201),
            put("/s", "4").with("Nestkv-Schema", "{e}").gives(201), put("/t", "5").gives(201),
            check(#"{"maximum":1}"#).gives(200).part("/data/examined", "4").part("/data/invalid", "3"),
            check(#"{"maximum":4}"#).gives(200).part("/data/invalid", "0").part("/compatible", "true")),
        Scenario(
            "a path that a fixed or a more specific binding takes is not examined",
            schema(integer).gives(201), bind("/{e}/+", "{e}").gives(201),
            bound("1", "/{e}/a", "{e}@1"), put("/a", "7").gives(201), put("/b", "1").gives(201),
            check(#"{"maximum":1}"#).gives(200).part("/data/examined", "1").part("/data/invalid", "0")),
        levels, transitive, examining, counting, validatingOne, refusals,
    ]

    /// Another schema than those of other scenarios, so that leaves have a hash of their own.
    private static let integer = #"{"title":"{e}","type":"integer"}"#

    private static let levels = Scenario(
        "the level of a name decides which way versions are compared",
        Step("GET", "/__schema/_compatibility/{e}").fails(404, "not-found"),
        level("full").fails(422, "unknown-schema"),
        closed("a").gives(201),
        Step("GET", "/__schema/_compatibility/{e}").gives(200, json: #"{"name":"{e}","level":"backward"}"#)
            .header("ETag", .absent),
        level("forward").gives(201).part("/level", #""forward""#).header("Nestkv-Version", "1")
            .header("Location", "/__schema/_compatibility/{e}").saving("ETag", as: "tag"),
        Step("GET", "/__schema").gives(200).containing(#""compatibility":"forward""#),
        closed("a,b").fails(409, "incompatible-schema").part("/level", #""forward""#).part("/data", nil)
            .part("/breaking/0/direction", #""forward""#).part("/witness/b", #""""#),
        closed("").gives(200).part("/version", "2"),
        level("full").with("If-Match", "{tag}").gives(200).header("Nestkv-Version", "2"),
        level("none").with("If-Match", "{tag}").fails(412, "precondition-failed"),
        closed("b").fails(409, "incompatible-schema").part("/level", #""full""#),
        Step("PUT", "/__schema/{e}", body: #"{"additionalProperties":false,"type":["object"]}"#).gives(200)
            .part("/version", "3"),
        level("none").gives(200), closed("b", required: #""b""#).gives(200).part("/version", "4"),
        check("c").gives(200).part("/compatible", "true").part("/level", #""none""#).part("/static", #""no""#),
        Step("DELETE", "/__schema/_compatibility/{e}").gives(204),
        Step("DELETE", "/__schema/_compatibility/{e}").fails(404, "not-found"),
        Step("GET", "/__schema/_compatibility/{e}").gives(200).part("/level", #""backward""#))

    private static let transitive = Scenario(
        "a transitive level compares with all earlier versions",
        schema(#"{"type":"integer","maximum":1}"#).gives(201), level("none").gives(201),
        schema(#"{"type":"integer","maximum":5}"#).gives(200), level("forward").gives(200),
        check(#"{"type":"integer","maximum":3}"#).gives(200).part("/compatible", "true"),
        level("forward-transitive").gives(200),
        schema(#"{"type":"integer","maximum":3}"#).fails(409, "incompatible-schema").part("/breaking/0/version", "1")
            .containing("the earlier versions"),
        schema(#"{"type":"integer","maximum":0}"#).gives(200).part("/version", "3"))

    private static let examining = Scenario(
        "a check of a binding tells which stored values break it, whatever its mode",
        schema(#"{"type":"integer"}"#).gives(201),
        put("/a", "1").gives(201), put("/b", #""s""#).gives(201), put("/c?flatten", #"{"x":1,"y":2}"#).gives(201),
        Step("POST", "/__schema/_bindings/{e}?op=check").fails(404, "not-found"),
        bind("/{e}/+", "{e}", mode: "off").gives(201),
        Step("POST", "/__schema/_bindings/{e}?op=check").gives(200).part("/examined", "3").part("/invalid", "2")
            .part("/examples/0/path", #""/{e}/b""#).part("/examples/1/path", #""/{e}/c""#)
            .part("/examples/1/errors/0/keyword", #""type""#).part("/revision", atLeast: "1"),
        put("/b", "2").gives(200), delete("/c").gives(204),
        Step("POST", "/__schema/_bindings/{e}?op=check&pretty").gives(200).part("/examined", "2")
            .part("/invalid", "0").part("/examples", "[]"),
        Step("POST", "/__schema/_bindings/{e}").fails(400, "invalid-parameter"),
        bind("/+/{e}-nowhere", "{e}").gives(200),
        Step("POST", "/__schema/_bindings/{e}?op=check").gives(200).part("/examined", "0"),
        bind("/{e}-none/x/+", "{e}").gives(200),
        Step("POST", "/__schema/_bindings/{e}?op=check").gives(200).part("/examined", "0"))

    private static let counting = Scenario(
        "the leaves of a schema are counted by version",
        Step("GET", "/__schema/{e}?count").fails(404, "not-found"),
        schema(#"{"title":"{e}"}"#).gives(201), bind("/{e}/+", "{e}").gives(201),
        put("/a", "1").gives(201), put("/b", "1").gives(201), put("/c?flatten", #"{"x":1}"#).gives(201),
        schema(#"{"title":"{e}","maximum":5}"#).gives(200), put("/b", "2").gives(200),
        Step("GET", "/__schema/{e}?count").gives(200).part("/versions/0/version", "2").part("/versions/0/leaves", "1")
            .part("/versions/1/version", "1").part("/versions/1/leaves", "1"),
        Step("GET", "/__schema/{e}?count&limit=3").fails(400, "invalid-parameter"),
        Step("GET", "/__schema/sha256:\(String(repeating: "0", count: 64))?count").fails(400, "invalid-key"))

    private static let validatingOne = Scenario(
        "a value is validated without being stored",
        schema(#"{"type":"integer"}"#).gives(201),
        Step("PUT", "/__schema/{e}?force", body: #"{"type":"string"}"#).gives(200),
        Step("POST", "/__schema/{e}?op=validate", body: #""s""#).gives(200).part("/valid", "true")
            .part("/errorCount", "0").part("/errors", "[]"),
        Step("POST", "/__schema/{e}?op=validate&version=1", body: #""s""#).gives(200).part("/valid", "false")
            .part("/errorCount", "1").part("/errors/0/keyword", #""type""#),
        Step("POST", "/__schema/\(integerHash)?op=validate", body: "1").gives(200).part("/valid", "true")
            .part("/schema", #""\#(integerHash)""#),
        Step("POST", "/__schema/\(integerHash)?op=validate&version=1", body: "1").fails(400, "invalid-parameter"),
        Step("POST", "/__schema/{e}?op=validate&version=3", body: "1").fails(422, "unknown-schema"),
        Step("POST", "/__schema/{e}-none?op=validate", body: "1").fails(422, "unknown-schema"),
        Step("POST", "/__schema/{e}?op=validate", body: "{").fails(400, "invalid-json"))

    private static let refusals = Scenario(
        "a check refuses what a registration refuses, and stores nothing",
        Step("POST", "/__schema/{e}", body: "{}").fails(400, "invalid-parameter").containing("validate"),
        Step("POST", "/__schema/{e}?op=migrateAll", body: "{}").fails(400, "invalid-parameter"),
        Step("POST", "/__schema/{e}?op=check&version=1", body: "{}").fails(400, "invalid-parameter"),
        Step("POST", "/__schema/a@1?op=check", body: "{}").fails(400, "invalid-key"),
        check(#"{"type":"objekt"}"#).fails(422, "invalid-schema"),
        check(#"{"$ref":"nestkv:{e}@9"}"#).fails(422, "unresolvable-reference"),
        check("{}").gives(200).part("/compatible", "true").part("/data/examined", "0"),
        Step("GET", "/__schema/{e}").fails(404, "not-found"),
        Step("PUT", "/__schema/_compatibility/a@1", body: #"{"level":"full"}"#).fails(400, "invalid-key"),
        schema("{}").gives(201), level("most").fails(400, "invalid-json").containing("full-transitive"),
        Step("PUT", "/__schema/_compatibility/{e}", body: "{}").fails(400, "invalid-json"),
        Step("PUT", "/__schema/_compatibility/{e}", body: "[]").fails(400, "invalid-json"),
        Step("PUT", "/__schema/_compatibility/{e}", body: #"{"level":"full","x":1}"#).fails(400, "invalid-json"))

    private static let integerHash = "sha256:f0765dbf409c74f001806c446f2cf171d8c46b5b15779d54423dde921a4b0670"
}

/// A schema of objects that permits only these members, which are strings.
private func object(_ names: String, required: String) -> String {
    let members = names.split(separator: ",").map { #""\#($0)":{"type":"string"}"# }.joined(separator: ",")
    return #"{"type":"object","additionalProperties":false,"properties":{\#(members)},"required":[\#(required)]}"#
}

/// Registers such a schema.
private func closed(_ names: String, required: String = "") -> Step { schema(object(names, required: required)) }

/// Checks such a schema, or any other one.
private func check(_ schema: String, required: String = "") -> Step {
    let text = schema.hasPrefix("{") ? schema : object(schema, required: required)
    return Step("POST", "/__schema/{e}?op=check", body: text)
}

/// Sets the level of the scenario's schema.
private func level(_ level: String) -> Step {
    Step("PUT", "/__schema/_compatibility/{e}", body: #"{"level":"\#(level)"}"#)
}
