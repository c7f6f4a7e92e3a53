extension Scenario {
    /// `POST /__schema/{name}?op=migrate` and `/__schema/_jobs`.
    static let converting = [
        Scenario(
            "a job brings stored values of older versions to the newest one, and keeps what else they are",
            schema(#"{"required":["v"],"properties":{"v":{"const":1}}}"#).gives(201),
            schema(#"{"required":["v"],"properties":{"v":{"const":2}}}"#).gives(200),
            schema(#"{"required":["v"],"properties":{"v":{"const":3}}}"#).gives(200),
            step(1, 2).gives(201),
            step(2, 3).gives(201),
            put("/a", #"{"v":1,"n":1.0}"#).with("Nestkv-Schema", "{e}@1").with("Nestkv-Tags", "x,y")
                .with("Nestkv-TTL", "1h").gives(201),
            put("/b", #"{"v":2}"#).with("Nestkv-Schema", "{e}@2").gives(201),
            put("/c", #"{"v":3}"#).with("Nestkv-Schema", "{e}@3").gives(201),
            put("/d", #"{"v":1}"#).gives(201),
            run(#"{"below":"/{e}"}"#).gives(202).header("Location", .present).saving("Location", as: "job")
                .part("/parameters/to", #""{e}@3""#).part("/parameters/below", #""/{e}""#),
            wait.gives(200).part("/state", #""done""#).part("/examined", "4").part("/changed", "2")
                .part("/unchanged", "2").part("/failed", "0").part("/cursor", #""/{e}/d""#),
            Step("GET", "/{e}/a").gives(200, #"{"v":3,"n":1.0}"#),
            Step("GET", "/{e}/a?entry").gives(200).part("/metadata/version", "2")
                .part("/metadata/modifiedBy", #""nestkv""#).part("/metadata/comment", #""schema {e}@1 → {e}@3""#)
                .part("/metadata/tags", #"["x","y"]"#).part("/metadata/expiresAt", "null").failing(),
            Step("GET", "/{e}/b?entry").gives(200).part("/value", #"{"v":3}"#)
                .part("/metadata/comment", #""schema {e}@2 → {e}@3""#),
            Step("GET", "/{e}/d?entry").gives(200).part("/value", #"{"v":1}"#).part("/metadata/version", "1"),
            put("/e", #"{"v":1}"#).with("Nestkv-Schema", "{e}@1").gives(201),
            put("/f/g", #"{"v":1}"#).with("Nestkv-Schema", "{e}@1").gives(201),
            run(#"{"to":"{e}@2","below":"/{e}/f","rate":100}"#).gives(202).saving("Location", as: "job"),
            wait.part("/state", #""done""#).part("/examined", "1").part("/changed", "1").part("/rate", "100"),
            Step("GET", "/{e}/e").gives(200, #"{"v":1}"#),
            Step("GET", "/{e}/f/g").gives(200, #"{"v":2}"#),
            Step("GET", "/__schema/_jobs").gives(200).containing("\"below\":\"/{e}/f\""),
            Step("DELETE", "{job}").gives(204),
            Step("DELETE", "{job}").fails(404, "not-found"),
            Step("GET", "{job}").fails(404, "not-found")),
        Scenario(
            "a job says which values can't be migrated, or are bound otherwise, and goes on",
            schema(#"{"properties":{"v":{"type":"string"}}}"#).gives(201),
            schema(#"{"properties":{"v":{"type":"integer"}}}"#).gives(200),
            Step(
                "PUT", "/__schema/_migrations/{e}@1..{e}@2",
                body: #"{"up":[{"op":"convert","path":"/v","to":"integer"}]}"#
            ).gives(201),
            put("/a", #"{"v":"x"}"#).with("Nestkv-Schema", "{e}@1").gives(201),
            put("/b", #"{"v":"1"}"#).with("Nestkv-Schema", "{e}@1").gives(201),
            put("/c", #"{"v":"2"}"#).with("Nestkv-Schema", "{e}@1").gives(201),
            bind("/{e}/b", "{e}@1").gives(201),
            run(#"{"below":"/{e}"}"#).gives(202).saving("Location", as: "job"),
            wait.part("/state", #""done""#).part("/changed", "1").part("/failed", "2")
                .part("/failures/0/path", #""/{e}/a""#).part("/failures/1/path", #""/{e}/b""#)
                .containing("Step /0 of '{e}@1..{e}@2', at /v").containing("the binding '{e}' demands"),
            Step("GET", "/{e}/a").gives(200, #"{"v":"x"}"#),
            Step("GET", "/{e}/b").gives(200, #"{"v":"1"}"#),
            Step("GET", "/{e}/c").gives(200, #"{"v":2}"#),
            Step("DELETE", "/__schema/_bindings/{e}").gives(204)),
        Scenario(
            "a job that can't be done is refused",
            run("{}").fails(422, "unknown-schema"),
            schema("{}").gives(201),
            named("{e}-2", #"{"title":"{e}"}"#).gives(201),
            run(#"{"to":"{e}@7"}"#).fails(422, "unknown-schema"),
            run(#"{"to":"{e}-2"}"#).fails(422, "not-applicable"),
            run(#"{"below":"{e}"}"#).fails(400, "invalid-json"),
            run(#"{"below":"/{e}?leaf"}"#).fails(400, "invalid-json"),
            run(#"{"below":"/__schema"}"#).fails(400, "invalid-key"),
            run(#"{"rate":-1}"#).fails(400, "invalid-json"),
            run(#"{"dryRun":1}"#).fails(400, "invalid-json"),
            run(#"{"speed":1}"#).fails(400, "invalid-json"),
            run("[]").fails(400, "invalid-json"),
            Step("POST", "/__schema/{e}", body: "{}").fails(400, "invalid-parameter"),
            Step("POST", "/__schema/{e}?op=upgrade", body: "{}").fails(400, "invalid-parameter"),
            Step("GET", "/__schema/_jobs/none").fails(404, "not-found"),
            Step("GET", "/__schema/_jobs/none?wait=1h").fails(400, "invalid-parameter")),
    ]

    /// The end of the job.
    private static let wait = Step("GET", "{job}?wait=30s")

    private static func run(_ body: String) -> Step { Step("POST", "/__schema/{e}?op=migrate", body: body) }

    private static func step(_ from: Int, _ to: Int) -> Step {
        Step(
            "PUT", "/__schema/_migrations/{e}@\(from)..{e}@\(to)",
            body: #"{"up":[{"op":"set","path":"/v","value":\#(to)}]}"#)
    }
}
