extension Scenario {
    /// Writes at, above and below bound paths.
    static let validating = [
        Scenario(
            "every write of a bound path is checked by what it makes of the value",
            person, bind("/{e}/+", "{e}").gives(201),
            put("/a", #"{"name":"n","age":-1,"emial":1}"#).fails(422, "schema-violation").part("/path", #""/{e}/a""#)
                .part("/schemaName", #""{e}""#).part("/schemaVersion", "1").part("/errorCount", "2")
                .part("/errors/0/pointer", ##""#/age""##).part("/errors/0/keyword", #""minimum""#)
                .part("/errors/0/keywordLocation", #""/properties/age/minimum""#).containing("Did you mean 'email'?"),
            get("/a").fails(404, "not-found"),
            put("/a", #"{"name":"n"}"#).gives(201).part("/schemaHash", "null").failing(),
            put("/a?leaf", "1").fails(422, "schema-violation"),
            merge("/a", #"{"name":null}"#).fails(422, "schema-violation"),
            merge("/a", #"{"age":1}"#).gives(200).part("/schemaHash", "null").failing(),
            operations("/a", #"[{"op":"remove","path":"/name"}]"#).fails(422, "schema-violation"),
            operations("/a", #"[{"op":"replace","path":"/age","value":2}]"#).gives(200),
            put("/a/age", "-1").fails(422, "schema-violation").part("/path", #""/{e}/a""#),
            put("/a/age", "3").gives(200),
            op("/a/age?op=increment&by=-9").fails(422, "schema-violation"),
            op("/a/age?op=increment").gives(200, "4"),
            Step("POST", "/{e}/a?op=swap", body: "1").fails(422, "schema-violation"),
            Step("POST", "/{e}/a/age?op=compare-and-swap", body: #"{"old":4,"new":-4}"#)
                .fails(422, "schema-violation"),
            post("", "1").fails(422, "schema-violation"),
            post("", #"{"name":"p"}"#).gives(201),
            delete("/a/name").fails(422, "schema-violation"),
            delete("/a/age").gives(204),
            get("/a").gives(200, #"{"name":"n"}"#),
            delete("/a").gives(204)),
        Scenario(
            "an old version that breaks the schema can't be restored",
            person, put("/a", "1").gives(201), put("/a", #"{"name":"n"}"#).gives(200),
            bind("/{e}/+", "{e}").gives(201),
            op("/a?op=restore&version=1").fails(422, "schema-violation"),
            op("/a?op=restore&version=2").gives(200)),
        Scenario(
            "a bound value may be stored in several leaves",
            person, bind("/{e}/+", "{e}").gives(201),
            put("/a?flatten", #"{"name":"n","age":-1}"#).fails(422, "schema-violation"),
            put("/a?flatten", #"{"name":"n","age":1}"#).gives(201),
            put("/a/age", "-1").fails(422, "schema-violation"),
            put("/a/age?leaf", "-1").fails(422, "schema-violation"),
            put("/a/other", "1").fails(422, "schema-violation"),
            delete("/a/name").fails(422, "schema-violation"),
            delete("/a/name?leaf").fails(422, "schema-violation"),
            merge("/a", #"{"age":-1}"#).fails(422, "schema-violation"),
            merge("/a", #"{"age":2}"#).gives(200),
            op("/a/age?op=expire&ttl=1h").gives(200),
            delete("/a/age").gives(204),
            get("/a").gives(200, #"{"name":"n"}"#)),
        Scenario(
            "a bound value may be merged of leaves at, above and below its path",
            put("", #"{"a":{"name":"n"}}"#).gives(201), put("/a/age?leaf", "1").gives(201),
            person, bind("/{e}/+", "{e}").gives(201),
            put("/a/age", "-1").fails(422, "schema-violation"),
            put("/a/name", "1").fails(422, "schema-violation"),
            put("/a?leaf", #"{"email":1}"#).fails(422, "schema-violation"),
            put("/a?leaf", #"{"email":"m"}"#).gives(201),
            get("/a").gives(200, json: #"{"name":"n","email":"m","age":1}"#),
            put("?leaf", #"{"a":{}}"#).fails(422, "schema-violation"),
            delete("?leaf").fails(422, "schema-violation"),
            get("/a").gives(200, json: #"{"name":"n","email":"m","age":1}"#)),
        Scenario(
            "a write above bound paths is checked at each of them",
            person, bind("/{e}/users/+", "{e}").gives(201),
            put("/users", #"{"a":{"name":"n"},"b":{"name":1}}"#).fails(422, "schema-violation")
                .part("/path", #""/{e}/users/b""#),
            put("", #"{"users":{"b":{"name":1}}}"#).fails(422, "schema-violation"),
            put("?flatten", #"{"users":{"a":{"name":"n"},"b":{"name":1}}}"#).fails(422, "schema-violation"),
            put("?flatten=2", #"{"users":{"a":{"name":"n"},"b":{"name":"m"}},"x":1}"#).gives(201),
            merge("", #"{"users":{"a":{"age":"old"}}}"#).fails(422, "schema-violation"),
            merge("/users", #"{"a":{"age":1},"b":null}"#).gives(200),
            put("/users", #"[{"name":"n"},{"name":"m"}]"#).gives(200),
            put("/users/1/name", "1").fails(422, "schema-violation").part("/path", #""/{e}/users/1""#),
            put("/users", "7").gives(200),
            delete().gives(204)),
        Scenario(
            "an element that moves to a bound index is checked",
            schema(#"{"type":"string"}"#).gives(201), bind("/{e}/list/0", "{e}").gives(201),
            put("/list", #"["s",1]"#).gives(201),
            delete("/list/0").fails(422, "schema-violation"),
            operations("/list", #"[{"op":"remove","path":"/0"}]"#).fails(422, "schema-violation"),
            delete("/list/1").gives(204)),
        Scenario(
            "a binding above is checked when a part is written or deleted",
            schema(#"{"required":["a"],"maxProperties":2}"#).gives(201), bind("/{e}/top", "{e}").gives(201),
            put("/top/b", "1").fails(422, "schema-violation").part("/path", #""/{e}/top""#),
            put("/top/a", "1").gives(201), put("/top/b", "1").gives(201),
            put("/top/c", "1").fails(422, "schema-violation"),
            delete("/top/a").fails(422, "schema-violation"),
            delete("/top").gives(204)),
        Scenario(
            "a transaction is checked by its final state, and each operation of a batch by its own",
            person, bind("/{e}/+", "{e}").gives(201),
            transaction(
                #"{"method":"PUT","path":"/{e}/a","value":{}}"#, #"{"method":"PUT","path":"/{e}/a/name","value":"n"}"#
            ).gives(200),
            transaction(
                #"{"method":"PUT","path":"/{e}/b/age","value":1}"#,
                #"{"method":"PUT","path":"/{e}/a/name","value":"m"}"#,
                #"{"method":"PUT","path":"/{e}/b/name","value":1}"#,
                #"{"method":"DELETE","path":"/{e}/a"}"#
            ).fails(409, "transaction-failed").part("/cause", #""schema-violation""#).part("/opIndex", "2")
                .part("/path", #""/{e}/b""#).part("/errors/0/keyword", #""type""#),
            get("").gives(200, #"{"a":{"name":"n"}}"#),
            batch(
                #"{"method":"PUT","path":"/{e}/b","value":{}}"#, #"{"method":"PUT","path":"/{e}/b/name","value":"n"}"#,
                #"{"method":"PUT","path":"/{e}/c","value":{"name":3}}"#
            ).gives(200).part("/results/0/problem/code", #""schema-violation""#).part("/results/1/status", "201")
                .part("/results/2/problem/errors/0/instanceLocation", #""/name""#)),
    ]

    static let person = schema(
        #"{"type":"object","required":["name"],"additionalProperties":false,"properties":{"name":{"type":"string"},"#
            + #""age":{"type":"integer","minimum":0},"email":{"type":"string"}}}"#
    ).gives(201)
}
