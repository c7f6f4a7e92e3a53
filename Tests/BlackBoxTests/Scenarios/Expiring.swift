extension Scenario {
    /// `http-api.md`, Writes: time to live. As in Redis: what replaces a value clears its time, what changes it keeps
    /// it.
    static let expiring = goneInTime + keeping + askingForTimes

    private static let goneInTime = [
        Scenario(
            "an expired leaf is hidden from every read at its time, and its version continues",
            put("/a/x?ttl=400ms", #"{"k":1}"#).gives(201).saving("ETag", as: "tag"),
            put("/a/y", "2").gives(201),
            get("/a?entry").part("/value", #"{"x":{"k":1},"y":2}"#),
            get("/a/x?entry").part("/metadata/expiresAt", "null").failing(),
            get("/a/x").waiting(450).fails(404, "not-found"),
            head("/a/x").gives(404),
            get("/a/x?leaf").fails(404, "not-found"),
            get("/a/x/k").fails(404, "not-found"),
            get("/a").gives(200, #"{"y":2}"#),
            get("/a/x").with("If-None-Match", "{tag}").fails(404, "not-found"),
            put("/a/x", "3").with("If-Match", "{tag}").fails(412, "precondition-failed"),
            put("/a/x", "3").with("If-None-Match", "*").gives(201).header("Nestkv-Version", "3"),
            get("/a/x?history").part("/0/operation", #""set""#)
                // It was 'delete', as if a client had requested it.
                .part("/1/operation", #""expire""#).part("/1/value", nil).part("/2/operation", #""set""#),
            get("/a/x?version=2").fails(410, "gone").containing("expired"),
            delete("/a/x").gives(204),
            get("/a/x?history").part("/0/operation", #""delete""#).part("/2/operation", #""expire""#)),
        Scenario(
            "an entry point of expired leaves is empty",
            put("/a?ttl=200ms", "1").gives(201),
            put("/b/c?ttl=200ms", "1").gives(201),
            get().waiting(250).fails(404, "not-found"),
            delete("/a").fails(404, "not-found"),
            op("/b/c?op=persist").fails(404, "not-found")),
        Scenario(
            "a leaf below an expired document stays, and so does one above",
            put("/d?ttl=200ms", #"{"k":1}"#).gives(201),
            put("/d/sub?leaf", "2").gives(201),
            get("/d").waiting(250).gives(200, #"{"sub":2}"#)),
        Scenario(
            "an expiry is one event",
            put("/a?ttl=200ms", "1").gives(201).saving("Nestkv-Revision", as: "revision"),
            get("?since={revision}&wait=5s").gives(200).part("/changes/0/operation", #""expire""#)
                .part("/changes/0/path", #""/{e}/a""#).part("/changes/1", nil).saving("Nestkv-Revision", as: "next"),
            get("?since={next}&wait=600ms").gives(204)),
    ]

    private static let keeping = [
        Scenario(
            "PUT, swap, compare-and-swap and restore clear the time",
            put("/a?ttl=1h", "1").gives(201).part("/expiresAt", "null").failing(),
            put("/a", "1").gives(200).part("/expiresAt", "null"),
            put("/a?ttl=1h", "1").gives(200),
            Step("POST", "/{e}/a?op=swap", body: "2").gives(200),
            get("/a?entry").part("/metadata/expiresAt", "null"),
            put("/a?ttl=1h", "1").gives(200),
            Step("POST", "/{e}/a?op=compare-and-swap", body: #"{"old":1,"new":2}"#).part("/expiresAt", "null"),
            put("/a?ttl=1h", "1").gives(200),
            op("/a?op=restore&version=1").part("/expiresAt", "null")),
        Scenario(
            "PATCH, increment and a write to a part keep the time, or renew it on request",
            put("/a?ttl=300ms", "1").gives(201),
            op("/a?op=increment").gives(200, "2"),
            merge("/a", "3").gives(200).part("/expiresAt", "null").failing(),
            put("/d?ttl=300ms", #"{"k":1}"#).gives(201),
            put("/d/k", "2").gives(200).part("/expiresAt", "null").failing(),
            put("/n?ttl=300ms", "1").gives(201),
            op("/n?op=increment&ttl=1h").gives(200, "2"),
            get().waiting(350).gives(200, #"{"n":2}"#)),
        Scenario(
            "expire and persist touch no value, tag or schema, of all leaves at and below",
            schema(#"{"type":"number"}"#).gives(201),
            put("/a/x", "1.0").with("Nestkv-Tags", "t").with("Nestkv-Schema", "{e}").gives(201),
            put("/a/y", "2").gives(201),
            op("/a?op=expire&ttl=1h").gives(200).part("/leavesSet", "2"),
            get("/a/x?entry").part("/value", "1").part("/metadata/expiresAt", "null").failing(),
            get("/a/x?entry").part("/metadata/tags", #"["t"]"#).part("/metadata/schemaHash", "null").failing(),
            op("/a/x?op=persist").gives(200).part("/expiresAt", "null").part("/version", "3"),
            op("/a/y?op=expire&ttl=200ms").gives(200),
            get("/a").waiting(250).gives(200, #"{"x":1.0}"#)),
    ]

    private static let askingForTimes = [
        Scenario(
            "a time can be given in the header, in all units",
            put("/a", "1").with("Nestkv-TTL", "2h").gives(201),
            get("/a?entry").part("/metadata/expiresAt", "null").failing(),
            post("/l?ttl=7d", "1").gives(201).part("/expiresAt", "null").failing(),
            put("/b?ttl=30", "1").with("Nestkv-TTL", "30").gives(201),
            put("/b?ttl=30s", "1").with("Nestkv-TTL", "30").fails(400, "invalid-parameter"),
            put("/b?ttl=soon", "1").fails(400, "invalid-parameter").containing("30s"),
            put("/b?ttl=0", "1").fails(400, "invalid-parameter"),
            put("/b?ttl=-1s", "1").fails(400, "invalid-parameter"),
            put("/b?ttl=36501d", "1").fails(400, "invalid-parameter").containing("36500d"),
            put("/b?ttl=36500d", "1").gives(200),
            put("/b", "1").with("Nestkv-TTL", "x").fails(400, "invalid-header"),
            op("/a?op=expire").fails(400, "invalid-parameter")),
        Scenario(
            "only whole leaves expire",
            put("/d", #"{"k":{"l":1}}"#).gives(201),
            put("/d/k?ttl=1s", "1").fails(422, "not-applicable"),
            merge("/d/k?ttl=1s", #"{"l":2}"#).fails(422, "not-applicable"),
            op("/d/k/l?op=increment&ttl=1s").fails(422, "not-applicable"),
            op("/d/k?op=expire&ttl=1s").fails(422, "not-applicable"),
            op("/d/k?op=persist").fails(422, "not-applicable"),
            get("/d").gives(200, #"{"k":{"l":1}}"#).header("Nestkv-Version", "1")),
    ]
}
