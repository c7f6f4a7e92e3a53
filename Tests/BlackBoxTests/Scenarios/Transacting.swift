extension Scenario {
    /// `http-api.md`, `/_transaction`: all or nothing, under conditions; and `Idempotency-Key`.
    static let transacting = committing + refusing + repeating

    private static let committing = [
        Scenario(
            "an operation sees those before it, and all have one revision",
            put("/old", "1").gives(201),
            transaction(
                #"{"method":"PUT","path":"/{e}/a","value":{"k":1}}"#,
                #"{"method":"PUT","path":"/{e}/a/k","value":2}"#,
                #"{"method":"PUT","path":"/{e}/t","value":{"x":{"y":1},"z":2},"flatten":true}"#,
                #"{"method":"PATCH","path":"/{e}/t","value":{"x":null}}"#,
                #"{"method":"POST","path":"/{e}/t/z","op":"increment","by":40}"#,
                #"{"method":"DELETE","path":"/{e}/old"}"#,
                #"{"method":"POST","path":"/{e}/old","op":"increment"}"#
            ).gives(200).header("Nestkv-Revision", .present).header("Nestkv-Durability", .present)
                .part("/results/0/status", "201").part("/results/1/status", "200").part("/results/4/value", "42")
                .part("/results/5/status", "204").part("/results/6/value", "1"),
            get().gives(200, #"{"a":{"k":2},"old":1,"t":{"z":42}}"#),
            get("/a?leaf").gives(200, #"{"k":2}"#).header("Nestkv-Version", "1"),
            get("/t/z?leaf").gives(200, "42")),
        Scenario(
            "conditions are about the state before the transaction",
            put("/a", "1").gives(201).saving("ETag", as: "tag"),
            transaction(
                if: #"[{"path":"/{e}/a","version":1},{"path":"/{e}/b","version":0}]"#,
                #"{"method":"PUT","path":"/{e}/a","value":2}"#, #"{"method":"PUT","path":"/{e}/b","value":3}"#
            ).gives(200),
            transaction(
                if: #"[{"path":"/{e}/b","version":1},{"path":"/{e}/a","version":1}]"#,
                #"{"method":"DELETE","path":"/{e}/b"}"#
            ).fails(409, "transaction-failed").part("/conditionIndex", "1").part("/cause", #""precondition-failed""#)
                .part("/currentValue", "2").part("/opIndex", nil),
            transaction(if: #"[{"path":"/{e}/b","ifNoneMatch":"*"}]"#, #"{"method":"DELETE","path":"/{e}/b"}"#)
                .fails(409, "transaction-failed").part("/conditionIndex", "0"),
            transaction(if: #"[{"path":"/{e}/a","version":2}]"#).gives(200, json: #"{"results":[]}"#),
            get().gives(200, #"{"a":2,"b":3}"#)),
    ]

    private static let refusing = [
        Scenario(
            "one failure changes nothing, and the problem has its index and cause",
            put("/n", #""text""#).gives(201),
            transaction(
                #"{"method":"PUT","path":"/{e}/a","value":1}"#, #"{"method":"DELETE","path":"/{e}/n"}"#,
                #"{"method":"DELETE","path":"/{e}/none"}"#
            ).fails(409, "transaction-failed").part("/opIndex", "2").part("/cause", #""not-found""#),
            transaction(
                #"{"method":"PUT","path":"/{e}/a","value":1}"#,
                #"{"method":"POST","path":"/{e}/n","op":"increment"}"#
            ).fails(409, "transaction-failed").part("/opIndex", "1").part("/cause", #""not-a-number""#)
                .part("/currentValue", #""text""#),
            transaction(
                #"{"method":"PUT","path":"/{e}/a","value":1}"#,
                #"{"method":"PATCH","path":"/{e}/a","value":[{"op":"test","path":"","value":2}]}"#
            ).fails(409, "transaction-failed").part("/opIndex", "1").part("/cause", #""test-failed""#),
            transaction(
                #"{"method":"PUT","path":"/{e}/a","value":1}"#, #"{"method":"PUT","path":"/{e}/b"}"#
            ).fails(400, "invalid-json").part("/opIndex", "1"),
            transaction(if: #"[{"path":"/{e}/a"}]"#).fails(400, "invalid-json").part("/conditionIndex", "0"),
            transaction(if: #"[{"path":"/{e}/a","version":-1}]"#).fails(400, "invalid-json"),
            transaction(if: "{}").fails(400, "invalid-json"),
            get().gives(200, #"{"n":"text"}"#)),
        // Sent: a transaction that writes a leaf, and then fails at the same leaf. Came back: with the ETag and the
        // value of the first write, which was never made. Should come back: what is stored, or nothing of it.
        Scenario(
            "the problem of a failed transaction does not show its own writes",
            put("/a", "1").gives(201).saving("ETag", as: "tag"), put("/b", "5").gives(201).saving("ETag", as: "b"),
            transaction(
                #"{"method":"PUT","path":"/{e}/a","value":2}"#,
                #"{"method":"PUT","path":"/{e}/a","value":3,"ifMatch":"\"x\""}"#
            ).fails(409, "transaction-failed").part("/cause", #""precondition-failed""#).part("/currentETag", nil)
                .part("/currentValue", nil).header("ETag", .absent),
            transaction(
                #"{"method":"PUT","path":"/{e}/new","value":"x"}"#,
                #"{"method":"POST","path":"/{e}/new","op":"increment"}"#
            ).fails(409, "transaction-failed").part("/cause", #""not-a-number""#).part("/currentValue", nil),
            transaction(
                #"{"method":"PUT","path":"/{e}/a","value":2}"#,
                #"{"method":"PUT","path":"/{e}/b","value":3,"ifMatch":"\"x\""}"#
            ).fails(409, "transaction-failed").part("/currentValue", "5").part("/opIndex", "1"),
            get("/a").gives(200, "1").header("ETag", "{tag}")),
    ]

    private static let repeating = [
        // Sent: PUT a 1 with a key, PUT a 2, and the first one again after a lost answer. Came back: 200, and a was 1
        // again. Should come back: the first answer, and a stays 2.
        Scenario(
            "PUT, PATCH and DELETE with an Idempotency-Key are carried out once, too",
            put("/a", "1").with("Idempotency-Key", "{e}-put").gives(201).saving("ETag", as: "tag"),
            put("/a", "2").gives(200),
            put("/a", "1").with("Idempotency-Key", "{e}-put").gives(201).header("Idempotency-Replayed", "true")
                .header("ETag", "{tag}").header("Location", "/{e}/a"),
            get("/a").gives(200, "2"),
            put("/a", "3").with("Idempotency-Key", "{e}-put").fails(422, "idempotency-mismatch"),
            merge("/d", #"{"n":1}"#).with("Idempotency-Key", "{e}-patch").gives(201),
            delete("/d").with("Idempotency-Key", "{e}-delete").gives(204).header("Idempotency-Replayed", .absent),
            merge("/d", #"{"n":1}"#).with("Idempotency-Key", "{e}-patch").gives(201)
                .header("Idempotency-Replayed", "true"),
            get("/d").fails(404, "not-found"),
            put("/d", "4").gives(201),
            delete("/d").with("Idempotency-Key", "{e}-delete").gives(204, "").header("Idempotency-Replayed", "true"),
            get("/d").gives(200, "4"),
            put("/f?flatten", #"{"x":1,"y":2}"#).with("Idempotency-Key", "{e}-flat").gives(201),
            put("/f?flatten", #"{"x":1,"y":2}"#).with("Idempotency-Key", "{e}-flat").gives(201)
                .header("Idempotency-Replayed", "true"),
            get("/f?history").fails(404, "not-found"), get("/f/x").header("Nestkv-Version", "1"),
            put("/a", "5").with("Idempotency-Key", "{e}-no").with("If-None-Match", "*").fails(
                412, "precondition-failed"),
            put("/a", "5").with("Idempotency-Key", "").fails(400, "invalid-header"),
            Step("PUT", "/_entrypoints/{e}", body: "{}").with("Idempotency-Key", "k").fails(400, "invalid-header"),
            Step("DELETE", "/_entrypoints/{e}").with("Idempotency-Key", "k").fails(400, "invalid-header"),
            Step("POST", "/_entrypoints/{e}?op=purge").with("Idempotency-Key", "k").fails(400, "invalid-header")),
        Scenario(
            "a repeated request with an Idempotency-Key gets the first answer and is not carried out again",
            op("/n?op=increment").with("Idempotency-Key", "{e}-1").gives(200, "1").header(
                "Idempotency-Replayed", .absent
            )
            .saving("ETag", as: "tag"),
            op("/n?op=increment").gives(200, "2"),
            op("/n?op=increment").with("Idempotency-Key", "{e}-1").gives(200, "1")
                .header("Idempotency-Replayed", "true").header("ETag", "{tag}").header("Nestkv-Version", "1"),
            get("/n").gives(200, "2"),
            post("/l", #""é""#).with("Idempotency-Key", "{e}-2").gives(201).saving("Location", as: "child"),
            post("/l", #""é""#).with("Idempotency-Key", "{e}-2").gives(201).header("Location", "{child}"),
            transaction(#"{"method":"POST","path":"/{e}/n","op":"increment"}"#).with("Idempotency-Key", "{e}-3")
                .gives(200).part("/results/0/value", "3").part("/results/1", nil),
            transaction(#"{"method":"POST","path":"/{e}/n","op":"increment"}"#).with("Idempotency-Key", "{e}-3")
                .gives(200).part("/results/0/value", "3").header("Idempotency-Replayed", "true"),
            get("/n").gives(200, "3")),
        Scenario(
            "a key belongs to one request, and a request that failed may be sent again",
            op("/n?op=increment").with("Idempotency-Key", "{e}").gives(200, "1"),
            op("/n?op=increment&by=2").with("Idempotency-Key", "{e}").fails(422, "idempotency-mismatch"),
            op("/m?op=increment").with("Idempotency-Key", "{e}").fails(422, "idempotency-mismatch"),
            op("/no?op=persist").with("Idempotency-Key", "{e}-2").fails(404, "not-found"),
            put("/no?ttl=1h", "1").gives(201),
            op("/no?op=persist").with("Idempotency-Key", "{e}-2").gives(200),
            op("/n?op=increment").with("Idempotency-Key", "").fails(400, "invalid-header"),
            op("/n?op=increment").with("Idempotency-Key", String(repeating: "x", count: 256)).fails(
                400, "invalid-header")),
    ]
}
