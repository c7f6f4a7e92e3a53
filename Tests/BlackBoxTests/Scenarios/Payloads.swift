extension Scenario {
    /// `http-api.md`, The service's own paths (`/_payload`).
    static let payloads = [
        Scenario(
            "a payload is one object from many paths",
            put("/user", #"{"name":"Ann","address":{"city":"Oslo"}}"#).gives(201), put("/n/x", "1.0").gives(201),
            payload(#"{"mapping":{"name":"/{e}/user/name","where":{"city":"/{e}/user/address/city","all":"/{e}/n"}}}"#)
                .gives(200, #"{"name":"Ann","where":{"city":"Oslo","all":{"x":1.0}}}"#)
                .header("Nestkv-Snapshot", "true").header("Cache-Control", "no-store"),
            payload(#"{"mapping":{}}"#).gives(200, "{}"),
            payload(#"{"mapping":{"a":"/{e}/n","b":"/{e}/n"}}"#, "?pretty").gives(
                200, json: #"{"a":{"x":1.0},"b":{"x":1.0}}"#
            ).containing("\n  \"a\": {")),
        Scenario(
            "a payload has the revision at which it was read",
            put("/a", "1").gives(201), put("/b", "2").gives(201),
            payload(#"{"mapping":{"a":"/{e}/a","b":"/{e}/b"}}"#).gives(200).header("Nestkv-Revision", .present)
                .header("Nestkv-Snapshot", "true")),
        Scenario(
            "defaults replace missing values, and only those",
            put("/a", "1").gives(201),
            payload(
                #"{"mapping":{"a":"/{e}/a","b":"/{e}/b","in":{"c":"/{e}/c"}},"#
                    + #""defaults":{"a":9,"b":{"x":1.50},"in":{"c":null}}}"#
            ).gives(200, #"{"a":1,"b":{"x":1.50},"in":{"c":null}}"#)),
        Scenario(
            "without a default, the missing path is named",
            put("/a", "1").gives(201),
            payload(#"{"mapping":{"a":"/{e}/a","in":{"b":"/{e}/b"},"c":"/{e}/c"}}"#).fails(404, "not-found")
                .part("/pointer", #""/mapping/in/b""#).containing("/{e}/b (/mapping/in/b), /{e}/c (/mapping/c)")),
        Scenario(
            "an invalid payload is refused, with the position",
            payload("[]").fails(400, "invalid-payload"), payload("{").fails(400, "invalid-json"),
            payload("{}").fails(400, "invalid-payload"), payload(#"{"mapping":"/a"}"#).fails(400, "invalid-payload"),
            payload(#"{"mapping":{},"default":{}}"#).fails(400, "invalid-payload").part("/pointer", #""/default""#),
            payload(#"{"mapping":{"a":1}}"#).fails(400, "invalid-payload").part("/pointer", #""/mapping/a""#),
            payload(#"{"mapping":{"a/b":"x"}}"#).fails(400, "invalid-payload").part("/pointer", #""/mapping/a~1b""#),
            payload(#"{"mapping":{"a":"/{e}//x"}}"#).fails(400, "invalid-payload").part("/pointer", #""/mapping/a""#),
            payload(#"{"mapping":{"a":"/{e}/x?leaf"}}"#).fails(400, "invalid-payload"),
            payload(#"{"mapping":{"a":"/_metrics"}}"#).fails(400, "invalid-payload"),
            payload(#"{"mapping":{"a":"/%5Fmetrics"}}"#).fails(400, "invalid-payload"),
            payload(#"{"mapping":{"a":"/{e}/x"},"defaults":{"b":1}}"#).fails(400, "invalid-payload")
                .part("/pointer", #""/defaults/b""#),
            payload(#"{"mapping":{"a":{"b":"/{e}/x"}},"defaults":{"a":1}}"#).fails(400, "invalid-payload")
                .part("/pointer", #""/defaults/a""#),
            payload(#"{"mapping":{}}"#, "?leaf").fails(400, "invalid-parameter"),
            payload(#"{"mapping":{}}"#).with("Accept", "text/html").fails(406, "not-acceptable"),
            Step("GET", "/_payload").fails(405, "method-not-allowed").header("Allow", "POST, OPTIONS"),
            payload(#"{"mapping":{\#((0...1000).map { #""\#($0)":"/{e}/x""# }.joined(separator: ","))}}"#)
                .fails(400, "invalid-payload").part("/limit", "1000")),
    ]
}

private func payload(_ body: String, _ query: String = "") -> Step {
    Step("POST", "/_payload" + query, body: body)
}
