extension Scenario {
    /// `http-api.md`: numbers, names and order are returned as they were written.
    static let spellings = numbers + texts

    private static let numbers = [
        "12345678901234567890", "1.0", "-0", "1e400", "0.1000000000000000055511151231257827", "1E+2", "-0.0e-0", "0.10",
        "123456789012345678901234567890.123456789",
    ].map { number in
        Scenario(
            "the number \(number) comes back as written, alone and inside",
            put("/n", number).gives(201),
            get("/n").gives(200, number),
            put("/d", #"{"z":\#(number),"a":[\#(number)]}"#).gives(201),
            get("/d").gives(200, #"{"z":\#(number),"a":[\#(number)]}"#),
            get("/d/z").gives(200, number),
            get("/d/a/0").gives(200, number),
            get().gives(200, #"{"d":{"z":\#(number),"a":[\#(number)]},"n":\#(number)}"#),
            put("/d/c", number).gives(201),
            get("/d").gives(200, #"{"z":\#(number),"a":[\#(number)],"c":\#(number)}"#),
            put("/d/a/0", "7").gives(200),
            merge("/d", #"{"x":\#(number)}"#).gives(200),
            get("/d").gives(200, #"{"z":\#(number),"a":[7],"x":\#(number),"c":\#(number)}"#),
            put("/f?flatten", #"{"q":\#(number)}"#).gives(201),
            get("/f").gives(200, #"{"q":\#(number)}"#),
            get("/n?entry").gives(200).containing(#"{"value":\#(number),"#),
            get("/n?history").gives(200).containing(#""value":\#(number)}"#))
    }

    private static let texts = [
        Scenario(
            "an exponent has at most as many digits as /_capabilities says, and the refusal names the number",
            put("/n", "1e999999999999999999").gives(201), get("/n").gives(200, "1e999999999999999999"),
            put("/n", "1E-999999999999999999").gives(200),
            put("/n", "1e9999999999999999999").fails(400, "invalid-json").part("/limit", "18")
                .containing("the exponent has more than 18 digits"),
            merge("/n", #"{"a":1e-1234567890123456789}"#).fails(400, "invalid-json").part("/limit", "18"),
            Step("POST", "/{e}/n?op=increment&by=1e1234567890123456789").fails(400, "invalid-parameter"),
            Step("GET", "/_capabilities").part("/limits/exponentDigits", "18")),
        Scenario(
            "different integers have different hashes, also if a double holds one of them exactly",
            put("/a", "72057594037927936").gives(201).containing("sha256:f318ba42eaa34e95d6b951b2191be7d4396cebfb"),
            // What RFC 8785 writes for the same double.
            put("/b", "72057594037927940").gives(201).containing("sha256:926957cc49b70843cc12ce214504bd77f667896e")),
        Scenario(
            "escapes in strings and names stay as they were written",
            put("/s", #"{"\u00e9\/":"\u0041\n\u2028 é /","b":"\ud83d\ude00"}"#).gives(201),
            get("/s").gives(200, #"{"\u00e9\/":"\u0041\n\u2028 é /","b":"\ud83d\ude00"}"#),
            get("/s/b").gives(200, #""\ud83d\ude00""#),
            put("/s/c", "1").gives(201),
            get("/s").gives(200, #"{"\u00e9\/":"\u0041\n\u2028 é /","b":"\ud83d\ude00","c":1}"#)),
        Scenario(
            "the order of members survives writes inside the document",
            put("/o", #"{"z":1,"y":{"b":1,"a":2},"x":3}"#).gives(201),
            put("/o/y/b", "9").gives(200),
            get("/o").gives(200, #"{"z":1,"y":{"b":9,"a":2},"x":3}"#),
            merge("/o", #"{"y":{"a":null},"w":4}"#).gives(200),
            get("/o").gives(200, #"{"z":1,"y":{"b":9},"x":3,"w":4}"#)),
        Scenario(
            "a name that needs escaping is escaped in a subtree",
            put("/q%22%5C/x", "1").gives(201),
            get().gives(200, #"{"q\"\\":{"x":1}}"#)),
        Scenario(
            "512 levels of nesting are a value and 513 are too many",
            put("/d", String(repeating: "[", count: 512) + String(repeating: "]", count: 512)).gives(201),
            get("/d").gives(200, String(repeating: "[", count: 512) + String(repeating: "]", count: 512)),
            put("/e", String(repeating: "[", count: 513) + String(repeating: "]", count: 513))
                .fails(400, "invalid-json"),
            operations("/d", #"[{"op":"add","path":"\#(String(repeating: "/0", count: 511))/0","value":[]}]"#)
                .fails(413, "value-too-large"),
            get("/d").gives(200).header("Nestkv-Version", "1")),
        Scenario(
            "writing a part never nests its document deeper than 512 levels",
            put("/d", #"{"a":"# + String(repeating: "[", count: 511) + String(repeating: "]", count: 511) + "}").gives(
                201),
            put("/d/a/0/0/0", String(repeating: "[", count: 512) + String(repeating: "]", count: 512))
                .fails(413, "value-too-large").part("/limit", "512"),
            get("/d").gives(200).header("Nestkv-Version", "1")),
    ]
}
