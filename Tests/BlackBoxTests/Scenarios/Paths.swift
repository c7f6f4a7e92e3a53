extension Scenario {
    /// `http-api.md`, Paths.
    static let paths = pathRules + refusedPaths + hostileNames + pathLimits

    private static let pathRules = [
        Scenario(
            "an encoded slash is part of a name and separates nothing",
            put("/a%2Fb", "1").gives(201).header("Location", "/{e}/a%2Fb"),
            get("/a/b").fails(404, "not-found"),
            get("/a%2fb").gives(200, "1"),
            get().gives(200, #"{"a/b":1}"#)),
        Scenario(
            "one trailing slash is ignored",
            put("/a/", "1").gives(201).header("Location", "/{e}/a"),
            get("/a").gives(200, "1"),
            get("/").gives(200, #"{"a":1}"#),
            get("/a//").fails(400, "invalid-key")),
        Scenario(
            "an entry point itself can hold a value",
            put("", "[1,2]").gives(201).header("Location", "/{e}"),
            get().gives(200, "[1,2]"),
            get("/1").gives(200, "2")),
        Scenario(
            "unencoded and encoded spellings of a name are the same key",
            put("/%61%7E%2d", "1").gives(201).header("Location", "/{e}/a~-"),
            get("/a~-").gives(200, "1")),
        Scenario(
            "a percent-encoded percent sign is decoded once",
            put("/%252F", "1").gives(201).header("Location", "/{e}/%252F"),
            get("/%2F").fails(404, "not-found"),
            get().gives(200, #"{"%2F":1}"#)),
        Scenario(
            "two Unicode spellings of one letter are two keys",
            put("/%C3%A9", "1").gives(201),
            put("/e%CC%81", "2").gives(201),
            get("/%C3%A9").gives(200, "1"),
            get("/e%CC%81").gives(200, "2"),
            get().gives(200, "{\"e\u{301}\":2,\"\u{E9}\":1}")),
        Scenario(
            "names are case-sensitive",
            put("/A", "1").gives(201),
            get("/a").fails(404, "not-found")),
        Scenario(
            "a plus sign in a path is a plus sign",
            put("/a+b", "1").gives(201),
            get().gives(200, #"{"a+b":1}"#)),
        Scenario(
            "a first segment that begins with _ is reserved, whatever its spelling",
            Step("GET", "/%5Fhealth/live").gives(200, json: #"{"status":"live"}"#),
            Step("GET", "/_health%2Flive").fails(404, "unknown-path"),
            Step("GET", "/%5f%68ealth/live/").gives(200),
            Step("PUT", "/_mine/a", body: "1").fails(404, "unknown-path"),
            Step("PUT", "/%5Fmine/a", body: "1").fails(404, "unknown-path"),
            Step("PUT", "/_", body: "1").fails(404, "unknown-path")),
        Scenario(
            "below an entry point a name may begin with _",
            put("/_health", "1").gives(201),
            get("/_health").gives(200, "1")),
    ]

    private static let refusedPaths = [
        ("an empty segment", "//a"), ("an empty segment at the end", "/a//"), ("a dot", "/."), ("two dots", "/.."),
        ("an encoded dot", "/%2e"), ("two encoded dots", "/%2E%2e/a"), ("a dot in the middle", "/a/./b"),
        ("NUL", "/a%00b"), ("a line feed", "/a%0Ab"), ("a tabulator", "/%09"), ("DEL", "/%7F"),
        ("a C1 control character", "/%C2%85"), ("a percent sign alone", "/a%"), ("one hexadecimal digit", "/a%4"),
        ("a letter after the percent sign", "/%zz"), ("an encoding cut by a slash", "/%4/1"),
        ("a stray continuation byte", "/%80"), ("a truncated sequence", "/%E2%82"), ("an overlong slash", "/%C0%AF"),
        ("a surrogate", "/%ED%A0%80"), ("more than U+10FFFF", "/%F4%90%80%80"),
    ].map { what, path in
        Scenario(
            "a path with \(what) is refused for every method",
            get(path).fails(400, "invalid-key"),
            put(path, "1").fails(400, "invalid-key"),
            merge(path, "{}").fails(400, "invalid-key"),
            post(path, "1").fails(400, "invalid-key"),
            delete(path).fails(400, "invalid-key"),
            get().fails(404, "not-found"))
    }

    private static let hostileNames = [
        "...", "..a", "a:b", ".hidden", "*", ">", "a b", "😀", "\u{10FFFF}", "-", "$", "#", "?", "&=", "\\", "\"", "'",
        "%",
        "{}", "[0]", "a/b/", "/", "~0~1", "__proto__", "null", "0", "-1", "01", "\u{202E}abc", "a\u{301}", "\u{FEFF}",
        String(repeating: "n", count: 900),
    ].map { name in
        Scenario(
            "the name '\(name.prefix(20))' is a legal key and is returned unchanged",
            put("/\(encoded(name))/x", #"{"k":1}"#).gives(201).saving("Location", as: "location"),
            get("/\(encoded(name))/x/k").gives(200, "1"),
            Step("GET", "{location}").gives(200, #"{"k":1}"#),
            get().gives(200, json: #"{\#(quoted(name)):{"x":{"k":1}}}"#),
            put("?flatten", #"{\#(quoted(name)):{"x":2}}"#).gives(200),
            get("/\(encoded(name))/x").gives(200, "2"),
            delete("/\(encoded(name))").gives(204),
            get().fails(404, "not-found"))
    }

    private static let pathLimits = [
        Scenario(
            "64 segments are a key and 65 are too many",
            put(String(repeating: "/a", count: 63), "1").gives(201),
            get(String(repeating: "/a", count: 63)).gives(200, "1"),
            put(String(repeating: "/a", count: 64), "1").fails(414, "key-too-long").part("/limit", "64"),
            get(String(repeating: "/a", count: 64)).fails(414, "key-too-long")),
        Scenario(
            "a key of 1,025 bytes is too long, and bytes are counted after decoding",
            put("/" + String(repeating: "b", count: 1024), "1").fails(414, "key-too-long").part("/limit", "1024"),
            put("/" + String(repeating: "%62", count: 1000), "1").gives(201)),
        Scenario(
            "a flattened object's names must be keys, and the problem points at the one that isn't",
            put("?flatten", #"{"ok":1,"a":{"":2}}"#).fails(400, "invalid-key").part("/pointer", #""/a/""#),
            put("?flatten", #"{"a":{"..":2}}"#).fails(400, "invalid-key").part("/pointer", #""/a/..""#),
            put("?flatten", #"{"a":{"\u0000":2}}"#).fails(400, "invalid-key"),
            get().fails(404, "not-found"),
            put("", #"{"a":{"":2,"..":3,"\u0000":4}}"#).gives(201),
            get("/a").gives(200, #"{"":2,"..":3,"\u0000":4}"#)),
    ]

    private static func encoded(_ name: String) -> String {
        name.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "\""
    }
}
