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
            "conditions are about what stands there before",
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
            "one failure changes nothing, and its index and cause are told",
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
            get().gives(200, #"{"n":"text"}"#))
    ]

    private static let repeating = [
        Scenario(
            "a repeated request with an Idempotency-Key gets the first answer and does nothing again",
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
