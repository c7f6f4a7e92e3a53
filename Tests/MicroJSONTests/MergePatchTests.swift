import MicroJSON
import Testing

@Suite struct MergePatchTests {
    struct Merge: Row {
        let original: String
        let patch: String
        let result: String
        var name: String { "\(original) with \(patch) is \(result)" }

        init(_ original: String, _ patch: String, _ result: String) {
            self.original = original
            self.patch = patch
            self.result = result
        }
    }

    @Test(arguments: appendixA + own) func `A merge patch is applied`(_ row: Merge) throws {
        let result = try tree(row.original).mergePatched(with: tree(row.patch))
        #expect(result.text.description == row.result)
    }

    /// The cases of RFC 7396, appendix A.
    static let appendixA: [Merge] = [
        Merge(#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        Merge(#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        Merge(#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
        Merge(#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        Merge(#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        Merge(#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        Merge(#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        Merge(#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
        Merge(#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        Merge(#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
        Merge(#"{"a":"foo"}"#, "null", "null"),
        Merge(#"{"a":"foo"}"#, #""bar""#, #""bar""#),
        Merge(#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
        Merge("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        Merge("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ]

    static let own: [Merge] = [
        Merge(#"{"b":1,"a":2}"#, #"{"a":1.0,"b":-0}"#, #"{"b":-0,"a":1.0}"#),
        Merge(#"{"a":1}"#, #"{"\u0061":2}"#, #"{"a":2}"#),
        Merge(#"{"\u0061":1}"#, #"{"a":2}"#, #"{"\u0061":2}"#),
        Merge("{\"\u{E9}\":1}", "{\"e\u{301}\":null}", "{\"\u{E9}\":1}"),
        Merge(#"{"a":{"b":1}}"#, "{}", #"{"a":{"b":1}}"#),
        Merge(#"{"a":[null]}"#, #"{"b":[null]}"#, #"{"a":[null],"b":[null]}"#),
        Merge("1", #"{"a":null}"#, "{}"),
    ]
}
