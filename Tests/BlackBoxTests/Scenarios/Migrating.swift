extension Scenario {
    /// `/__schema/_migrations`: the steps between schemas.
    static let migrating = [
        Scenario(
            "a migration is created, read, listed, replaced and deleted",
            schema(#"{"required":["name"]}"#).gives(201),
            schema(#"{"required":["fullName"]}"#).gives(200),
            Step("GET", migration).fails(404, "not-found"),
            migrate(#"{"up":[{"op":"rename","path":"/name","to":"fullName"}],"description":"d"}"#).gives(201)
                .header("Location", "/__schema/_migrations/{e}@1..{e}@2").header("ETag", .present)
                .saving("ETag", as: "tag")
                .part("/back", #""derived""#).part("/down", "null").part("/from", #""{e}@1""#).part("/to", #""{e}@2""#)
                .part("/proof", #"{"examples":0,"samples":0,"leaves":0,"failed":0}"#),
            Step("GET", migration).gives(200).header("ETag", "{tag}").part("/description", #""d""#)
                .part("/up/0/to", #""fullName""#).part("/proof", nil),
            Step("GET", "/__schema/_migrations").gives(200).containing(#"{"name":"{e}@1..{e}@2","from":"{e}@1""#),
            migrate(#"{"from":"{e}@1","to":"{e}@2","up":[{"op":"set","path":"/fullName","value":1}],"down":[]}"#)
                .with("If-Match", "{tag}").gives(200).part("/back", #""given""#).part("/down", "[]"),
            migrate(#"{"up":[{"op":"set","path":"/fullName","value":1}]}"#).gives(200).part("/back", #""none""#)
                .header("Nestkv-Version", "3"),
            migrate(#"{"up":[]}"#).with("If-Match", "{tag}").fails(412, "precondition-failed"),
            Step("DELETE", migration).gives(204),
            Step("DELETE", migration).fails(404, "not-found")),
        Scenario(
            "a malformed migration is refused with the reason and its place",
            schema("{}").gives(201),
            schema("true").gives(200),
            migrate("[]").fails(400, "invalid-json"),
            migrate("{}").fails(400, "invalid-json").containing("'up'"),
            migrate(#"{"up":[],"via":1}"#).fails(400, "invalid-json"),
            migrate(#"{"up":[],"samples":1}"#).fails(400, "invalid-json"),
            migrate(#"{"from":"{e}@2","up":[]}"#).fails(422, "not-applicable").containing("'from'"),
            migrate(#"{"to":"{e}","up":[]}"#).fails(422, "not-applicable").containing("'to'"),
            migrate(#"{"up":{}}"#).fails(422, "invalid-migration").part("/pointer", #""/up""#),
            migrate(#"{"up":[{"op":"rename","path":"/a","to":"b"},{"op":"renam","path":"/a"}]}"#)
                .fails(422, "invalid-migration").part("/pointer", #""/up/1/op""#),
            migrate(#"{"up":[],"down":[{"op":"split","path":"/a","by":""}]}"#).fails(422, "invalid-migration")
                .part("/pointer", #""/down/0/by""#),
            Step("PUT", "/__schema/_migrations/{e}..{e}@2", body: #"{"up":[]}"#).fails(400, "invalid-key"),
            Step("PUT", "/__schema/_migrations/{e}@1", body: #"{"up":[]}"#).fails(400, "invalid-key"),
            Step("PUT", "/__schema/_migrations/{e}@1..{e}@9", body: #"{"up":[]}"#).fails(422, "unknown-schema"),
            Step("PUT", "/__schema/_migrations/{e}@9..{e}@1", body: #"{"up":[]}"#).fails(422, "unknown-schema"),
            Step("PUT", "/__schema/_migrations/{e}@1..{e}@1", body: #"{"up":[]}"#).fails(422, "not-applicable"),
            Step("GET", migration).fails(404, "not-found")),
        Scenario(
            "a migration is tried on examples, samples and stored values before it is stored",
            schema(#"{"properties":{"age":{"type":"string"}},"examples":[{"age":"40"},{"age":"old"},{"age":1}]}"#)
                .gives(201),
            schema(#"{"properties":{"age":{"type":"integer","minimum":0}}}"#).gives(200),
            put("/a", #"{"age":"-3"}"#).with("Nestkv-Schema", "{e}@1").gives(201),
            put("/b", #"{"age":"41"}"#).with("Nestkv-Schema", "{e}@1").gives(201),
            put("/c", #"{"age":"new"}"#).gives(201),
            migrate(#"{"up":[\#(convert)],"samples":[{"age":"5"},{"age":"x"},{"age":5}]}"#)
                .fails(422, "migration-failed").part("/errorCount", "4")
                .part("/errors/0/example", #""/examples/1""#).part("/errors/1/pointer", ##""#/samples/1""##)
                .part("/errors/2/pointer", ##""#/samples/2""##).part("/errors/3/path", #""/{e}/a""#)
                .containing("-3 is less than 0").containing("fails for 4 of 7 values"),
            Step("GET", migration).fails(404, "not-found"),
            Step("PUT", "\(migration)?force", body: #"{"up":[\#(convert)]}"#).gives(201).part("/proof/failed", "2"),
            migrate(#"{"up":[\#(convert)]}"#).fails(422, "migration-failed"),
            put("/a", #"{"age":"3"}"#).with("Nestkv-Schema", "{e}@1").gives(200),
            migrate(#"{"up":[{"op":"map","path":"/age","values":{"old":"99"}},\#(convert)]}"#).gives(200)
                .part("/proof", #"{"examples":2,"samples":0,"leaves":2,"failed":0}"#)),
        Scenario(
            "between two schemas there is one migration, and they can't be deleted",
            schema(#"{"title":"{e} 1"}"#).gives(201),
            schema(#"{"title":"{e} 2"}"#).gives(200),
            schema(#"{"title":"{e} 1"}"#).gives(200).part("/version", "3"),
            migrate(#"{"up":[]}"#).gives(201),
            Step("PUT", "/__schema/_migrations/{e}@3..{e}@2", body: #"{"up":[]}"#).fails(422, "not-applicable")
                .containing("'{e}@1..{e}@2'"),
            Step("PUT", "/__schema/_migrations/{e}@2..{e}@3", body: #"{"up":[]}"#).gives(201),
            Step("DELETE", "/__schema/{e}").fails(409, "schema-in-use")
                .part("/migrations", #"["{e}@1..{e}@2","{e}@2..{e}@3"]"#),
            Step("DELETE", "/__schema/_migrations/{e}@2..{e}@3").gives(204),
            Step("DELETE", "/__schema/{e}").fails(409, "schema-in-use").containing("the migration '{e}@1..{e}@2'"),
            Step("DELETE", migration).gives(204),
            Step("DELETE", "/__schema/{e}").gives(204)),
    ]

    private static let migration = "/__schema/_migrations/{e}@1..{e}@2"
    private static let convert = #"{"op":"convert","path":"/age","from":"string","to":"integer"}"#
}

/// Stores a migration from the first to the second version of the schema with the name of the scenario's entry point.
private func migrate(_ body: String) -> Step {
    Step("PUT", "/__schema/_migrations/{e}@1..{e}@2", body: body)
}
