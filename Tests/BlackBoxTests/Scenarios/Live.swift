/// Long polls, and invalid requests for streams.
extension Scenario {
    static let live: [Scenario] = [
        Scenario(
            "a long poll gives the changes after a revision, at or below the path, in order",
            put("/a", "0").saving("Nestkv-Revision", as: "r"),
            put("/a", "1"), put("/b/c", "2"), delete("/a"),
            get("?since={r}").gives(200).part("/changes/0/operation", #""set""#).part("/changes/0/value", "1")
                .part("/changes/1/path", #""/{e}/b/c""#).part("/changes/1/key", #"["b","c"]"#)
                .part("/changes/2/operation", #""delete""#).part("/changes/3", nil).part("/hasMore", "false")
                .header("Cache-Control", "no-store").header("Nestkv-Revision", .present),
            get("/b?since={r}").gives(200).part("/changes/0/value", "2").part("/changes/1", nil),
            get("/+/c?since={r}").gives(200).part("/changes/0/value", "1").part("/changes/1/value", "2"),
            Step("GET", "/_events?since={r}&match=/{e}/b&match=/{e}/x").gives(200).part("/changes/0/value", "2"),
            get("?since=earliest&previous").part("/changes/0/previous", "null").part("/changes/1/previous/value", "0")),
        Scenario(
            "a long poll has a limit, and says where the next one continues",
            put("/a", "0").saving("Nestkv-Revision", as: "r"),
            put("/a", "1"), put("/a", "2"), put("/a", "3"),
            get("?since={r}&limit=2").gives(200).part("/changes/1/value", "2").part("/changes/2", nil)
                .part("/hasMore", "true").saving("Nestkv-Revision", as: "next"),
            get("?since={next}&pretty").gives(200).part("/changes/0/value", "3").part("/changes/1", nil)
                .containing("\n  \"changes\"")),
        Scenario(
            "a long poll without changes is 204, at once or when the wait is over",
            put("/a", "0"),
            get("?since=now").gives(204).header("Nestkv-Revision", .present),
            get("?since=now&wait=50ms").gives(204),
            get("/nothing/here?since=now&wait=0").gives(204)),
        // Sent: a long poll on a quiet path, again and again, while others write elsewhere. Came back: 204 without a
        // position to continue from, so at last 410. Should come back: with each 204 the position that was reached.
        Scenario(
            "a long poll without changes says where the next one continues",
            put("/quiet", "0").saving("Nestkv-Revision", as: "r"),
            put("/busy", "1").saving("Nestkv-Revision", as: "busy"),
            get("/quiet?since={r}").gives(204).header("Nestkv-Revision", .atLeast("{busy}"))
                .header("Nestkv-Next", .present).saving("Nestkv-Next", as: "next"),
            put("/busy", "2"),
            get("/quiet?since={next}").gives(204).saving("Nestkv-Next", as: "next"),
            head("/quiet?since={next}").gives(204).header("Nestkv-Next", .present),
            Step("GET", "/_events?since={next}&match=/{e}/quiet").gives(204).header("Nestkv-Next", .present),
            put("/quiet", "3"),
            get("/quiet?since={next}").gives(200).part("/changes/0/value", "3").part("/changes/1", nil)
                .header("Nestkv-Next", .present).saving("Nestkv-Next", as: "next"),
            get("/quiet?since={next}").gives(204)),
        Scenario(
            "a long poll from a position of another feed is 410",
            put("/a", "0"),
            get("?since=1-another").fails(410, "gone"),
            get("?since=18446744073709551615").fails(410, "gone")),
        Scenario(
            "a parameter that a long poll or a stream does not have is 400",
            get("?since=nonsense").fails(400, "invalid-parameter").containing("nonsense"),
            // It was taken for 'now', so that a client without an id missed all changes unnoticed.
            get("?since=").fails(400, "invalid-parameter").containing("'earliest'"),
            get("?since").fails(400, "invalid-parameter"),
            Step("GET", "/_events?since=").fails(400, "invalid-parameter"),
            get("?since=now&wait=1h").fails(400, "invalid-parameter"),
            get("?since=now&wait=soon").fails(400, "invalid-parameter"),
            get("?since=now&limit=0").fails(400, "invalid-parameter"),
            get("?since=now&snapshot").fails(400, "invalid-parameter"),
            get("?since=now&leaf").fails(400, "invalid-parameter"),
            get("?wait=1s").fails(400, "invalid-parameter"),
            get("?snapshot").fails(400, "invalid-parameter").containing("text/event-stream"),
            get("/%23/x").with("Accept", "text/event-stream").fails(400, "invalid-key").containing("last segment"),
            get("?leaf").with("Accept", "text/event-stream").fails(400, "invalid-parameter"),
            get("?snapshot=maybe").with("Accept", "text/event-stream").fails(400, "invalid-parameter"),
            get("?match=/x").with("Accept", "text/event-stream").fails(400, "invalid-parameter")),
        Scenario(
            "Accept decides between JSON, a stream, and 406",
            put("/a", "1"),
            get("/a").with("Accept", "application/json, text/event-stream;q=0.5").gives(200, "1"),
            get("/a").with("Accept", "*/*").gives(200, "1"),
            get("/a?since=now").with("Accept", "text/html").fails(406, "not-acceptable"),
            Step("GET", "/_events").with("Accept", "application/json").fails(406, "not-acceptable"),
            Step("HEAD", "/_events").gives(200).header("Content-Type", "text/event-stream"),
            head("/a").with("Accept", "text/event-stream").gives(200).header("Content-Type", "text/event-stream"),
            head("/a?since=now").gives(204),
            Step("OPTIONS", "/_events").gives(204).header("Allow", .listing(["GET", "HEAD", "OPTIONS"])),
            Step("PUT", "/_events", body: "1").fails(405, "method-not-allowed")),
    ]
}
