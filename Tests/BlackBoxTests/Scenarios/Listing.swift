extension Scenario {
    /// `http-api.md`, Methods (`?keys`, `?shallow`, `?depth`, `?tag`).
    static let listing = pages + patterns + depths + tags

    private static let pages = [
        Scenario(
            "?keys lists the leaves at and below a path as paths, a leaf before those below it",
            put("/b", "1").gives(201), put("/a?leaf", "1").gives(201), put("/a/x?leaf", "{}").gives(201),
            put("/a/x/deep?leaf", "2").gives(201), put("/a!?leaf", "3").gives(201),
            get("?keys").gives(
                200, json: #"{"keys":["/{e}/a","/{e}/a/x","/{e}/a/x/deep","/{e}/a!","/{e}/b"],"next":null}"#
            )
            .header("Link", .absent).header("Cache-Control", "no-cache"),
            get("/a?keys").gives(200, json: #"{"keys":["/{e}/a","/{e}/a/x","/{e}/a/x/deep"],"next":null}"#),
            get("/a/x/deep?keys").gives(200, json: #"{"keys":["/{e}/a/x/deep"],"next":null}"#),
            get("/none?keys").gives(200, json: #"{"keys":[],"next":null}"#),
            get("?keys&pretty").gives(200).containing("\n  \"keys\": [")),
        Scenario(
            "a listed key can be requested as a path, whatever its characters",
            put("/a%2Fb%20%22%3Fc", "1").gives(201), put("/%C3%A9", "2").gives(201),
            get("?keys").gives(200, json: #"{"keys":["/{e}/a%2Fb%20%22%3Fc","/{e}/%C3%A9"],"next":null}"#)),
        Scenario(
            "members inside a document are not listed",
            put("/doc", #"{"m":{"n":1}}"#).gives(201),
            get("?keys").gives(200, json: #"{"keys":["/{e}/doc"],"next":null}"#),
            get("/doc/m?keys").gives(200, json: #"{"keys":[],"next":null}"#)),
        Scenario(
            "pages follow one another by cursor and by Link",
            put("?flatten", #"{"k1":1,"k2":2,"k3":3}"#).gives(201),
            get("?keys&limit=2").gives(200).part("/keys", #"["/{e}/k1","/{e}/k2"]"#).part("/next", #""k6b3200""#)
                .header("Link", #"</{e}?keys&limit=2&cursor=k6b3200>; rel="next""#),
            get("?keys&limit=2&cursor=k6b3200").gives(200, json: #"{"keys":["/{e}/k3"],"next":null}"#)
                .header("Link", .absent),
            get("?keys&limit=3").gives(200).part("/next", "null"),
            get("?keys&limit=1&pattern=k*&tag=x&pretty").gives(200, json: #"{"keys":[],"next":null}"#)),
        Scenario(
            "a cursor continues after its key, also if keys were deleted or created",
            put("?flatten", #"{"k1":1,"k2":2,"k4":4}"#).gives(201),
            get("?keys&limit=2").gives(200).part("/next", #""k6b3200""#),
            delete("/k2").gives(204), put("/k3", "3").gives(201), put("/k0", "0").gives(201),
            get("?keys&cursor=k6b3200").gives(200, json: #"{"keys":["/{e}/k3","/{e}/k4"],"next":null}"#)),
        Scenario(
            "?keys&entry gives each leaf's own value and metadata, and its Link keeps it",
            put("/a?leaf", #"{"m":1.0}"#).with("Nestkv-Tags", "x").gives(201), put("/a/b?leaf", "2").gives(201),
            put("/c", "3").gives(201),
            get("?keys&entry&limit=2").gives(200)
                .part("/entries/0/path", #""/{e}/a""#).part("/entries/0/value", #"{"m":1.0}"#)
                .part("/entries/0/metadata/tags", #"["x"]"#).part("/entries/0/metadata/version", "1")
                .part("/entries/1/path", #""/{e}/a/b""#).part("/entries/1/value", "2").part("/keys", nil)
                .part("/next", #""k61006200""#)
                .header("Link", #"</{e}?keys&entry&limit=2&cursor=k61006200>; rel="next""#),
            get("?keys&entry&limit=2&cursor=k61006200").gives(200).part("/entries/0/path", #""/{e}/c""#)
                .part("/entries/1", nil).part("/next", "null"),
            get("?keys&entry&tag=x").gives(200).part("/entries/0/path", #""/{e}/a""#).part("/entries/1", nil)),
        Scenario(
            "&after continues after a path, also if it has no value",
            put("?flatten", #"{"k1":1,"k 2":2,"k4":4}"#).gives(201),
            get("?keys&after=/{e}/k%25202").gives(200).part("/keys", #"["/{e}/k1","/{e}/k4"]"#),
            get("?keys&after=/{e}/k3").gives(200).part("/keys", #"["/{e}/k4"]"#),
            get("?keys&after=/{e}/k4").gives(200, json: #"{"keys":[],"next":null}"#),
            get("/k4?keys&after=/{e}/k4").gives(200, json: #"{"keys":[],"next":null}"#)),
        Scenario(
            "a deleted leaf is not listed",
            put("/a/b", "1").gives(201), delete("/a/b").gives(204),
            get("?keys").gives(200, json: #"{"keys":[],"next":null}"#), get("?keys&count").gives(200, "0")),
        Scenario(
            "&count returns only the number",
            put("?flatten", #"{"user:1":1,"user:2":2,"x":{"y":3}}"#).gives(201),
            get("?keys&count").gives(200, "3"), get("/x?keys&count").gives(200, "1"),
            get("?keys&count&pattern=user:*").gives(200, "2"),
            get("?keys&count&limit=2").fails(400, "invalid-parameter"),
            get("?keys&count&cursor=k6b3200").fails(400, "invalid-parameter")),
        Scenario(
            "a page has a tag of its own and is not sent again",
            put("/a", "1").gives(201), get("?keys").gives(200).saving("ETag", as: "tag"),
            get("?keys").with("If-None-Match", "{tag}").gives(304, "").header("ETag", "{tag}"),
            get("?keys").with("If-Match", #""other""#).fails(412, "precondition-failed"),
            get("?keys").with("Nestkv-If-Version", "1").fails(412, "precondition-failed"),
            head("?keys").gives(200, "").header("ETag", "{tag}").header("Content-Type", "application/json"),
            put("/b", "1").gives(201),
            get("?keys").with("If-None-Match", "{tag}").gives(200).header("ETag", .other("{tag}"))),
        Scenario(
            "parameters that contradict a list of keys are refused",
            put("/a", "1").gives(201),
            get("?keys&limit=0").fails(400, "invalid-parameter"),
            get("?keys&limit=1001").fails(400, "invalid-parameter"),
            get("?keys&cursor=x").fails(400, "invalid-parameter"),
            get("?keys&cursor=").fails(400, "invalid-parameter"),
            get("?keys&cursor=k00").fails(400, "invalid-parameter"),
            get("?keys&cursor=k61").fails(400, "invalid-parameter"),
            get("?keys&cursor=kff00").fails(400, "invalid-parameter"),
            get("?keys&count&entry").fails(400, "invalid-parameter"),
            get("?keys&after=").fails(400, "invalid-key"),
            get("?keys&after=/other/a").fails(400, "invalid-parameter"),
            get("?keys&after=/{e}/a&cursor=k6100").fails(400, "invalid-parameter"),
            get("?keys&count&after=/{e}/a").fails(400, "invalid-parameter"),
            get("?after=/{e}/a").fails(400, "invalid-parameter"),
            get("?keys&leaf").fails(400, "invalid-parameter"),
            get("?keys&depth=1").fails(400, "invalid-parameter"),
            get("?keys&at=1").fails(400, "invalid-parameter"),
            get("?keys=maybe").fails(400, "invalid-parameter"),
            get("?pattern=a*").fails(400, "invalid-parameter"),
            get("?cursor=k6100").fails(400, "invalid-parameter"),
            get("?count").fails(400, "invalid-parameter"),
            get("?keys").with("Accept", "text/html").fails(406, "not-acceptable")),
    ]

    private static let patterns = [
        Scenario(
            "a colon in a pattern matches a segment border or a colon, a slash only a border",
            put("?flatten", #"{"user:1":1,"user":{"2":2,"3":{"name":3}},"users":4,"x":{"user":5}}"#).gives(201),
            get("?keys&pattern=user:*").gives(200)
                .part("/keys", #"["/{e}/user/2","/{e}/user/3/name","/{e}/user:1"]"#),
            get("?keys&pattern=user/*").gives(200).part("/keys", #"["/{e}/user/2","/{e}/user/3/name"]"#),
            get(#"?keys&pattern=user\:*"#).gives(200).part("/keys", #"["/{e}/user:1"]"#),
            get("?keys&pattern=user*").gives(200)
                .part("/keys", #"["/{e}/user/2","/{e}/user/3/name","/{e}/user:1","/{e}/users"]"#),
            get("/user?keys&pattern=*:name").gives(200).part("/keys", #"["/{e}/user/3/name"]"#),
            get("?keys&pattern=*user").gives(200).part("/keys", #"["/{e}/x/user"]"#),
            get("?keys&pattern=User*").gives(200).part("/keys", "[]")),
        Scenario(
            "patterns are Redis' globs",
            put("?flatten", #"{"hello":1,"hallo":2,"hxllo":3,"heeello":4,"h*llo":5,"héllo":6,"a]":7}"#).gives(201),
            get("?keys&pattern=h?llo&count").gives(200, "5"),
            get("?keys&pattern=h*llo&count").gives(200, "6"),
            get(#"?keys&pattern=h\*llo"#).gives(200).part("/keys", #"["/{e}/h%2Allo"]"#),
            get("?keys&pattern=h%5Bae%5Dllo").gives(200).part("/keys", #"["/{e}/hallo","/{e}/hello"]"#),
            get("?keys&pattern=h%5B%5Ee%5Dllo&count").gives(200, "4"),
            get("?keys&pattern=h%5Ba-b%5Dllo").gives(200).part("/keys", #"["/{e}/hallo"]"#),
            get(#"?keys&pattern=a%5B\%5D%5D"#).gives(200).part("/keys", #"["/{e}/a%5D"]"#),
            get("?keys&pattern=h%C3%A9llo").gives(200).part("/keys", #"["/{e}/h%C3%A9llo"]"#),
            get("?keys&pattern=h%5Ba").fails(400, "invalid-parameter"),
            get(#"?keys&pattern=h\"#).fails(400, "invalid-parameter")),
        Scenario(
            "a pattern goes through pages, and its Link keeps it",
            put("?flatten", #"{"a1":1,"b1":1,"b+2":1,"b3":1,"c1":1}"#).gives(201),
            get("?keys&pattern=b*&limit=2").gives(200).part("/keys", #"["/{e}/b%2B2","/{e}/b1"]"#)
                .header("Link", #"</{e}?keys&pattern=b%2A&limit=2&cursor=k623100>; rel="next""#),
            get("?keys&pattern=b%2A&limit=2&cursor=k623100").gives(200)
                .part("/keys", #"["/{e}/b3"]"#)),
    ]

    private static let depths = [
        Scenario(
            "?shallow returns the children, and true for those that have members",
            put("/s", #""text""#).gives(201), put("/doc", #"{"m":1}"#).gives(201), put("/list", "[1]").gives(201),
            put("/empty", "{}").gives(201), put("/none", "[]").gives(201), put("/dir/a", "1").gives(201),
            put("/dir/b/c", "2").gives(201),
            get("?shallow").gives(
                200, #"{"dir":true,"doc":true,"empty":{},"list":true,"none":[],"s":"text"}"#),
            get("?depth=1").gives(200, #"{"dir":true,"doc":true,"empty":{},"list":true,"none":[],"s":"text"}"#),
            get("?depth=2").gives(
                200, #"{"dir":{"a":1,"b":true},"doc":{"m":1},"empty":{},"list":[1],"none":[],"s":"text"}"#),
            get("?depth=9").gives(
                200, #"{"dir":{"a":1,"b":{"c":2}},"doc":{"m":1},"empty":{},"list":[1],"none":[],"s":"text"}"#),
            get("/dir?shallow").gives(200, #"{"a":1,"b":true}"#), get("/s?shallow").gives(200, #""text""#),
            get("/list?shallow").gives(200, "[1]"), get("/gone?shallow").fails(404, "not-found"),
            get("?shallow&pretty").gives(200).containing("\n  \"dir\": true")),
        Scenario(
            "depth counts through documents and leaves alike, as the composed value has them",
            put("/d", #"{"a":{"b":{"c":{"d":1}}},"x":7}"#).gives(201),
            put("/d/a/b/e?leaf", "2").gives(201), put("/d/x/y?leaf", "3").gives(201),
            get("/d").gives(200, json: #"{"a":{"b":{"c":{"d":1},"e":2}},"x":{"_value":7,"y":3}}"#),
            get("?depth=1").gives(200, json: #"{"d":true}"#),
            get("?depth=2").gives(200, json: #"{"d":{"a":true,"x":true}}"#),
            get("?depth=3").gives(200, json: #"{"d":{"a":{"b":true},"x":{"_value":7,"y":3}}}"#),
            get("/d/a?depth=2").gives(200, json: #"{"b":{"c":true,"e":2}}"#),
            get("/d/a/b/c?shallow").gives(200, json: #"{"d":1}"#),
            get("/d?shallow&leaf").gives(200, json: #"{"a":true,"x":7}"#)),
        Scenario(
            "a depth is a representation with a tag of its own",
            put("?flatten", #"{"a":{"b":1},"c":2}"#).gives(201),
            get("/a?depth=1").gives(200).saving("ETag", as: "one"),
            get("/a?depth=2").gives(200).header("ETag", .other("{one}")),
            get("/a").gives(200).header("ETag", .other("{one}")),
            get("/a?depth=1").with("If-None-Match", "{one}").gives(304),
            head("/a?depth=1").gives(200, "").header("ETag", "{one}"), put("/a/b", "2").gives(200),
            get("/a?depth=1").with("If-None-Match", "{one}").gives(200, #"{"b":2}"#)),
        Scenario(
            "an invalid depth is refused",
            put("/a", "1").gives(201), get("?depth=0").fails(400, "invalid-parameter"),
            get("?depth=x").fails(400, "invalid-parameter"), get("?depth").fails(400, "invalid-parameter"),
            get("?depth=1&shallow").fails(400, "invalid-parameter"),
            get("?depth=1&entry").fails(400, "invalid-parameter"),
            get("/a?shallow&version=1").fails(400, "invalid-parameter"),
            get("/a?shallow&history").fails(400, "invalid-parameter")),
    ]

    private static let tags = [
        Scenario(
            "?tag returns only the leaves that have all of the tags",
            put("/a", "1").with("Nestkv-Tags", "prod, eu").gives(201),
            put("/b/c", "2").with("Nestkv-Tags", "prod").gives(201), put("/b/d", "3").gives(201),
            put("/doc", #"{"m":4}"#).with("Nestkv-Tags", "eu").gives(201),
            get("?tag=prod").gives(200, #"{"a":1,"b":{"c":2}}"#), get("?tag=eu").gives(200, #"{"a":1,"doc":{"m":4}}"#),
            get("?tag=prod&tag=eu").gives(200, #"{"a":1}"#), get("?tag=none").fails(404, "not-found"),
            get("?keys&tag=prod").gives(200).part("/keys", #"["/{e}/a","/{e}/b/c"]"#),
            get("?keys&tag=prod&tag=eu&count").gives(200, "1"),
            get("?keys&tag=prod&pattern=b*").gives(200).part("/keys", #"["/{e}/b/c"]"#),
            get("?tag=prod&shallow").gives(200, #"{"a":1,"b":true}"#),
            get("?tag=prod&entry").gives(200).part("/metadata/leaves", "2"),
            get("/doc/m?tag=eu").gives(200, "4"), get("/doc/m?tag=prod").fails(404, "not-found"),
            get("/a?leaf&tag=eu").gives(200, "1"), get("/b/d?leaf&tag=eu").fails(404, "not-found"),
            get("?tag=").fails(400, "invalid-parameter"), get("/a?history&tag=eu").fails(400, "invalid-parameter"),
            get("/a?version=1&tag=eu").fails(400, "invalid-parameter"),
            put("/a?tag=eu", "1").fails(400, "invalid-parameter"))
    ]
}
