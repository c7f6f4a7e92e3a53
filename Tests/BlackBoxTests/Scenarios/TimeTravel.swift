extension Scenario {
    /// `http-api.md`, Methods (`?at`).
    static let timeTravel = [
        Scenario(
            "?at returns the composed value at a revision",
            put("/a", "1").gives(201).saving("Nestkv-Revision", as: "r1"),
            put("/b/c", "2").gives(201).saving("Nestkv-Revision", as: "r2"),
            put("/a", "3").gives(200).saving("Nestkv-Revision", as: "r3"),
            delete("/b/c").gives(204).saving("Nestkv-Revision", as: "r4"),
            put("/d", "4").gives(201).saving("Nestkv-Revision", as: "r5"),
            get("?at={r1}").gives(200, #"{"a":1}"#), get("?at={r2}").gives(200, #"{"a":1,"b":{"c":2}}"#),
            get("?at={r3}").gives(200, #"{"a":3,"b":{"c":2}}"#), get("?at={r4}").gives(200, #"{"a":3}"#),
            get("?at={r5}").gives(200, #"{"a":3,"d":4}"#), get("/a?at={r2}").gives(200, "1"),
            get("/b/c?at={r3}").gives(200, "2"), get("/b/c?at={r1}").fails(404, "not-found"),
            get("/b/c?at={r4}").fails(404, "not-found"), get("?at=0").fails(404, "not-found")),
        Scenario(
            "?at can be combined with ?leaf, ?entry, ?pretty, ?tag and ?depth",
            put("/a", #"{"k":1}"#).with("Nestkv-Tags", "x").gives(201).saving("ETag", as: "tag")
                .saving("Nestkv-Revision", as: "r1"),
            put("/a/b?leaf", "2").gives(201).saving("Nestkv-Revision", as: "r2"), delete("/a").gives(204),
            get("/a?leaf&at={r2}").gives(200, #"{"k":1}"#).header("Nestkv-Version", "1").header("ETag", "{tag}"),
            get("/a?at={r1}").gives(200, #"{"k":1}"#).header("ETag", "{tag}"),
            get("/a?at={r1}").with("If-None-Match", "{tag}").gives(304),
            get("/a?at={r2}").gives(200, #"{"k":1,"b":2}"#), get("/a/k?at={r2}").gives(200, "1"),
            get("/a?at={r2}&shallow").gives(200, #"{"k":1,"b":2}"#), get("?at={r2}&shallow").gives(200, #"{"a":true}"#),
            get("/a?at={r2}&tag=x").gives(200, #"{"k":1}"#),
            get("/a?at={r2}&pretty").gives(200).containing("\n  \"k\": 1"),
            get("/a?leaf&at={r2}&entry").gives(200).part("/value", #"{"k":1}"#).part("/metadata/version", "1"),
            get("/a?at={r2}&entry").gives(200).part("/metadata/leaves", "2"),
            head("/a?at={r2}").gives(200, ""), get("/a?leaf").fails(404, "not-found")),
        Scenario(
            "the past includes an ancestor's document",
            put("/doc", #"{"m":{"n":1}}"#).gives(201).saving("Nestkv-Revision", as: "r1"),
            put("/doc/m/n", "2").gives(200).saving("Nestkv-Revision", as: "r2"),
            put("", "9").gives(200),
            get("/doc/m/n?at={r1}").gives(200, "1"), get("/doc/m?at={r2}").gives(200, #"{"n":2}"#),
            get("/doc/m/n?leaf&at={r1}").fails(404, "not-found")),
        Scenario(
            "a deleted and re-created leaf has its value of each time",
            put("/a", "1").gives(201).saving("Nestkv-Revision", as: "r1"),
            delete("/a").gives(204).saving("Nestkv-Revision", as: "r2"),
            put("/a", "3").gives(201).saving("Nestkv-Revision", as: "r3"),
            get("/a?at={r1}").gives(200, "1"), get("/a?at={r2}").fails(404, "not-found"),
            get("/a?at={r3}").gives(200, "3"), get("/a?leaf&at={r1}").gives(200, "1"),
            get("/a?leaf&at={r2}").fails(404, "not-found")),
        Scenario(
            "a time before all writes has no value, a future one the current value",
            put("/a", "1").gives(201), get("/a?at=2001-01-01T00:00:00Z&leaf").fails(404, "not-found"),
            get("/a?at=2999-01-01T00:00:00Z").gives(200, "1"), get("/a?at=2999-01-01T00:00:00Z&leaf").gives(200, "1"),
            get("/a?at=2999-01-01T01:00:00.5+01:00").gives(200, "1")),
        Scenario(
            "an invalid time and a future revision are refused",
            put("/a", "1").gives(201), get("/a?at=yesterday").fails(400, "invalid-parameter"),
            get("/a?at=").fails(400, "invalid-parameter"), get("/a?at=-1").fails(400, "invalid-parameter"),
            get("/a?at=2026-02-30T00:00:00Z").fails(400, "invalid-parameter"),
            get("/a?at=2026-01-01").fails(400, "invalid-parameter"),
            get("/a?at=18446744073709551616").fails(400, "invalid-parameter"),
            get("/a?at=18446744073709551614").fails(404, "not-found"),
            get("/a?leaf&at=18446744073709551614").fails(404, "not-found"),
            get("/a?at=1&version=1").fails(400, "invalid-parameter"),
            get("/a?at=1&history").fails(400, "invalid-parameter"),
            put("/a?at=1", "1").fails(400, "invalid-parameter")),
    ]
}
