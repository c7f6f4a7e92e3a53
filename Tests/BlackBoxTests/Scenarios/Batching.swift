extension Scenario {
    /// `http-api.md`, `/_batch`: operations, each on its own, results in order.
    static let batching = [
        Scenario(
            "results come in order, and a failure does not affect the others",
            put("/v", "1").gives(201),
            batch(
                #"{"method":"PUT","path":"/{e}/a","value":1.0,"tags":["t"],"modifiedBy":"alice"}"#,
                #"{"method":"DELETE","path":"/{e}/none"}"#,
                #"{"method":"POST","path":"/{e}/n","op":"increment","by":2.5}"#,
                #"{"method":"PUT","path":"/{e}/v","value":2,"ifVersion":7}"#,
                #"{"method":"PATCH","path":"/{e}/m","value":{"x":1}}"#,
                #"{"method":"POST","path":"/{e}/l","value":"event"}"#,
                #"{"method":"POST","path":"/{e}/s","op":"swap","value":5}"#
            ).gives(200)
                .part("/results/0/status", "201").part("/results/0/path", #""/{e}/a""#).part("/results/0/version", "1")
                .part("/results/1/status", "404").part("/results/1/problem/code", #""not-found""#)
                .part("/results/2/status", "200").part("/results/2/value", "2.5")
                .part("/results/3/status", "412").part("/results/3/problem/currentValue", "1")
                .part("/results/4/status", "201").part("/results/5/status", "201").part("/results/5/version", "1")
                .part("/results/6/value", "null").part("/results/7", nil),
            get("/a?entry").part("/value", "1").part("/metadata/modifiedBy", #""alice""#)
                .part("/metadata/tags", #"["t"]"#),
            get("/m").gives(200, #"{"x":1}"#)),
        Scenario(
            "operations at, above and below one path are carried out in order",
            batch(
                #"{"method":"PUT","path":"/{e}/a","value":{"k":1}}"#,
                #"{"method":"PUT","path":"/{e}/a/k","value":2}"#,
                #"{"method":"PATCH","path":"/{e}/a","value":[{"op":"copy","from":"/k","path":"/l"}]}"#,
                #"{"method":"POST","path":"/{e}/a/l","op":"increment"}"#,
                #"{"method":"POST","path":"/{e}/a","op":"compare-and-swap","old":{"k":2,"l":3},"new":{"done":true}}"#,
                #"{"method":"DELETE","path":"/{e}/a/done"}"#
            ).gives(200).part("/results/0/version", "1").part("/results/4/status", "200").part(
                "/results/5/status", "204"),
            get("/a").gives(200, "{}").header("Nestkv-Version", "6")),
        Scenario(
            "flatten, leaf, ttl, restore, expire and persist work in a batch",
            batch(
                #"{"method":"PUT","path":"/{e}/f","value":{"a":{"b":1},"c":2},"flatten":true}"#,
                #"{"method":"PUT","path":"/{e}/g","value":{"a":{"b":1},"c":2},"flatten":1}"#,
                #"{"method":"PUT","path":"/{e}/h","value":{"a":1},"flatten":false}"#,
                #"{"method":"PUT","path":"/{e}/h","value":7,"leaf":true,"ttl":"1h"}"#,
                #"{"method":"POST","path":"/{e}/h","op":"persist"}"#,
                #"{"method":"POST","path":"/{e}/h","op":"expire","ttl":3600}"#,
                #"{"method":"POST","path":"/{e}/h","op":"expire","ttl":3.6e3}"#,
                #"{"method":"POST","path":"/{e}/h","op":"restore","version":1}"#
            ).gives(200).part("/results/6/status", "200").part("/results/7/status", "200"),
            get("/f/a/b?leaf").gives(200, "1"),
            get("/g/a?leaf").gives(200, #"{"b":1}"#),
            get("/h?leaf").gives(200, #"{"a":1}"#).header("Nestkv-Version", "6"),
            get("/h/a").gives(200, "1")),
        Scenario(
            "an item that is not an operation has a result of its own",
            batch(
                #"{"method":"GET","path":"/{e}/a"}"#, #"{"method":"PUT","path":"/{e}/a"}"#,
                #"{"method":"PUT","path":"/{e}//a","value":1}"#, #"{"method":"PUT","path":"/{e}/a?leaf","value":1}"#,
                #"{"method":"PUT","path":"{e}/a","value":1}"#, #"{"method":"PUT","path":"/_nestkv/a","value":1}"#,
                #"{"method":"PUT","path":"/{e}/a","value":1,"op":"swap"}"#,
                #"{"method":"POST","path":"/{e}/a","op":"increment","by":"1"}"#, "7",
                #"{"method":"PUT","path":"/{e}/a","value":1,"ttl":"soon"}"#,
                #"{"method":"PUT","path":"/{e}/a","value":1,"ifMatch":"x"}"#,
                #"{"method":"PATCH","path":"/{e}/a","value":[{"op":"jump"}]}"#,
                #"{"method":"PUT","path":"/{e}/ok","value":1}"#
            ).gives(200).part("/results/0/problem/code", #""invalid-json""#).part("/results/1/status", "400")
                .part("/results/2/problem/code", #""invalid-key""#).part("/results/3/status", "400")
                .part("/results/4/status", "400").part("/results/5/problem/code", #""invalid-key""#)
                .part("/results/6/status", "400").part("/results/7/status", "400").part("/results/8/status", "400")
                .part("/results/9/status", "400").part("/results/10/status", "400")
                .part("/results/11/problem/code", #""invalid-patch""#).part("/results/12/status", "201"),
            get().gives(200, #"{"ok":1}"#)),
        Scenario(
            "the list of operations must be an array",
            Step("POST", "/_batch", body: "[]").fails(400, "invalid-json"),
            Step("POST", "/_batch", body: "{}").fails(400, "invalid-json"),
            Step("POST", "/_batch", body: #"{"operations":{}}"#).fails(400, "invalid-json"),
            Step("POST", "/_batch", body: #"{"operations":[],"if":[]}"#).fails(400, "invalid-json"),
            Step("POST", "/_batch", body: #"{"operations":[]}"#).gives(200, json: #"{"results":[]}"#),
            Step("POST", "/_batch", body: #"{"operations":[]}"#).with("Idempotency-Key", "{e}")
                .fails(400, "invalid-header"),
            Step("GET", "/_batch").fails(405, "method-not-allowed").header("Allow", .listing(["POST"]))),
        Scenario(
            "more operations than the limit are refused, all of them",
            Step("POST", "/_batch", body: many(1001)).fails(413, "too-many-operations").part("/limit", "1000"),
            Step("POST", "/_transaction", body: many(1001)).fails(413, "too-many-operations"),
            get().fails(404, "not-found"),
            Step("POST", "/_batch", body: many(1000)).gives(200).part("/results/999/status", "201"),
            get("/k999").gives(200, "999")),
    ]

    private static func many(_ count: Int) -> String {
        let operations = (0..<count).map { #"{"method":"PUT","path":"/{e}/k\#($0)","value":\#($0)}"# }
        return #"{"operations":[\#(operations.joined(separator: ","))]}"#
    }
}

func batch(_ operations: String...) -> Step {
    Step("POST", "/_batch", body: #"{"operations":[\#(operations.joined(separator: ","))]}"#)
}

func transaction(if conditions: String? = nil, _ operations: String...) -> Step {
    let condition = conditions.map { #","if":\#($0)"# } ?? ""
    return Step("POST", "/_transaction", body: #"{"operations":[\#(operations.joined(separator: ","))]\#(condition)}"#)
}
