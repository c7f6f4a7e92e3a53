import MicroJSON
import Testing

@Suite struct JSONPatchTests {
    struct Patch: Row {
        let name: String
        let document: String
        let patch: String
        let result: String
    }

    @Test(arguments: applied) func `A patch is applied`(_ row: Patch) throws {
        let result = try JSONPatch(tree(row.patch)).apply(to: tree(row.document))
        #expect(result.text.description == row.result)
    }

    struct Failure: Row {
        let name: String
        let document: String
        let patch: String
        let kind: JSONPatchError.Kind
        let opIndex: Int?
        var pointer: String?
        let message: String
    }

    @Test(arguments: failures) func `A patch that can't be applied says why`(_ row: Failure) throws {
        let document = try tree(row.document)
        let patch = try tree(row.patch)
        let error = #expect(throws: JSONPatchError.self) { try JSONPatch(patch).apply(to: document) }
        #expect(error?.kind == row.kind)
        #expect(error?.opIndex == row.opIndex)
        #expect(error?.pointer == row.pointer)
        #expect(error?.message == row.message)
        #expect(document.text.description == row.document)
    }

    static let applied: [Patch] = [
        Patch(
            name: "add sets a new member last", document: #"{"b":1}"#, patch: #"[{"op":"add","path":"/a","value":{}}]"#,
            result: #"{"b":1,"a":{}}"#),
        Patch(
            name: "add replaces a member in its place", document: #"{"b":1,"a":2}"#,
            patch: #"[{"op":"add","path":"/b","value":1.0}]"#, result: #"{"b":1.0,"a":2}"#),
        Patch(
            name: "add inserts before an element", document: "[1,3]", patch: #"[{"op":"add","path":"/1","value":2}]"#,
            result: "[1,2,3]"),
        Patch(
            name: "add at the count appends", document: "[1]", patch: #"[{"op":"add","path":"/1","value":2}]"#,
            result: "[1,2]"),
        Patch(
            name: "add at - appends", document: "[1]", patch: #"[{"op":"add","path":"/-","value":[2]}]"#,
            result: "[1,[2]]"),
        Patch(
            name: "add at the root replaces the document", document: "[1]",
            patch: #"[{"op":"add","path":"","value":null}]"#, result: "null"),
        Patch(
            name: "- names a member of an object", document: "{}", patch: #"[{"op":"add","path":"/-","value":1}]"#,
            result: #"{"-":1}"#),
        Patch(
            name: "remove takes out a member", document: #"{"a":1,"b":2}"#, patch: #"[{"op":"remove","path":"/a"}]"#,
            result: #"{"b":2}"#),
        Patch(
            name: "remove closes the gap", document: "[1,2,3]", patch: #"[{"op":"remove","path":"/1"}]"#,
            result: "[1,3]"),
        Patch(
            name: "replace keeps the place", document: #"{"a":1,"b":2}"#,
            patch: #"[{"op":"replace","path":"/a","value":[]}]"#, result: #"{"a":[],"b":2}"#),
        Patch(
            name: "replace at the root replaces the document", document: "1",
            patch: #"[{"op":"replace","path":"","value":2}]"#, result: "2"),
        Patch(
            name: "move takes from one place to another", document: #"{"a":{"x":1},"b":{}}"#,
            patch: #"[{"op":"move","from":"/a/x","path":"/b/y"}]"#, result: #"{"a":{},"b":{"y":1}}"#),
        Patch(
            name: "move counts indexes after the removal", document: "[1,2,3]",
            patch: #"[{"op":"move","from":"/0","path":"/2"}]"#, result: "[2,3,1]"),
        Patch(
            name: "move to the same place changes nothing", document: #"{"a":1,"b":2}"#,
            patch: #"[{"op":"move","from":"/a","path":"/a"}]"#, result: #"{"a":1,"b":2}"#),
        Patch(
            name: "move out of a parent replaces the parent", document: #"{"a":{"b":1}}"#,
            patch: #"[{"op":"move","from":"/a/b","path":"/a"}]"#, result: #"{"a":1}"#),
        Patch(
            name: "copy leaves the original", document: #"{"a":{"x":1}}"#,
            patch: #"[{"op":"copy","from":"/a","path":"/a/y"}]"#, result: #"{"a":{"x":1,"y":{"x":1}}}"#),
        Patch(
            name: "test compares as JSON", document: #"{"a":{"x":1,"y":"é"}}"#,
            patch: #"[{"op":"test","path":"/a","value":{"y":"\u00e9","x":1.0}}]"#, result: #"{"a":{"x":1,"y":"é"}}"#),
        Patch(
            name: "A tested null must be there", document: #"{"a":null}"#,
            patch: #"[{"op":"test","path":"/a","value":null}]"#, result: #"{"a":null}"#),
        Patch(
            name: "Operations see what came before", document: "{}",
            patch:
                #"[{"op":"add","path":"/a","value":[]},{"op":"add","path":"/a/-","value":1},"#
                + #"{"op":"test","path":"","value":{"a":[1]}}]"#,
            result: #"{"a":[1]}"#),
        Patch(
            name: "Unknown members are ignored", document: "{}",
            patch: #"[{"op":"add","path":"/a","value":1,"note":"x","from":5}]"#, result: #"{"a":1}"#),
        Patch(
            name: "Escaped names are found", document: #"{"a/b":1,"m~n":2}"#,
            patch: #"[{"op":"remove","path":"/a~1b"},{"op":"replace","path":"/m~0n","value":3}]"#, result: #"{"m~n":3}"#
        ),
        Patch(name: "No operations change nothing", document: "[1.0]", patch: "[]", result: "[1.0]"),
    ]

    static let failures: [Failure] = [
        Failure(
            name: "A patch is an array", document: "{}", patch: "{}", kind: .malformed, opIndex: nil,
            message: "a JSON Patch must be an array of operations, not an object"),
        Failure(
            name: "An operation is an object", document: "{}", patch: "[1]", kind: .malformed, opIndex: 0,
            message: "an operation must be an object, not a number"),
        Failure(
            name: "An operation has an op", document: "{}", patch: #"[{"path":""}]"#, kind: .malformed, opIndex: 0,
            message: "the member 'op' is missing"),
        Failure(
            name: "An op is known", document: "{}", patch: #"[{"op":"spam","path":""}]"#, kind: .malformed, opIndex: 0,
            message: "'op' is \"spam\"; it must be add, remove, replace, move, copy or test"),
        Failure(
            name: "An operation has a path", document: "{}", patch: #"[{"op":"remove"}]"#, kind: .malformed, opIndex: 0,
            message: "the member 'path' is missing"),
        Failure(
            name: "A path is a string", document: "{}", patch: #"[{"op":"remove","path":null}]"#, kind: .malformed,
            opIndex: 0, message: "the member 'path' must be a string, not null"),
        Failure(
            name: "A path is a pointer", document: "{}", patch: #"[{"op":"remove","path":"a"}]"#, kind: .malformed,
            opIndex: 0, pointer: "a",
            message:
                "'path' is \"a\", which is not a JSON Pointer; it must be empty or start with '/', and '~' must be "
                + "followed by 0 or 1 (RFC 6901)"
        ),
        Failure(
            name: "add has a value", document: "{}", patch: #"[{"op":"add","path":"/a"}]"#, kind: .malformed,
            opIndex: 0, message: "\"add\" needs a member 'value'"),
        Failure(
            name: "copy has a from", document: "{}", patch: #"[{"op":"copy","path":"/a"}]"#, kind: .malformed,
            opIndex: 0, message: "the member 'from' is missing"),
        Failure(
            name: "Nothing is moved into itself", document: #"{"a":{}}"#,
            patch: #"[{"op":"move","from":"/a","path":"/a/b"}]"#, kind: .malformed, opIndex: 0, pointer: "/a/b",
            message: "'/a' can't be moved into itself, to '/a/b'"),
        Failure(
            name: "A late mistake in the patch stops it whole", document: "{}",
            patch: #"[{"op":"add","path":"/a","value":1},{"op":"x","path":""}]"#, kind: .malformed, opIndex: 1,
            message: "'op' is \"x\"; it must be add, remove, replace, move, copy or test"),
        Failure(
            name: "A test finds another value", document: #"{"a":1}"#,
            patch: #"[{"op":"test","path":"/a","value":"1"}]"#, kind: .testFailed, opIndex: 0, pointer: "/a",
            message: "the test failed because '/a' has a different value"),
        Failure(
            name: "A test finds nothing", document: #"{"a":1}"#, patch: #"[{"op":"test","path":"/b","value":null}]"#,
            kind: .testFailed, opIndex: 0, pointer: "/b", message: "the test failed because there is no value at '/b'"),
        Failure(
            name: "A failure undoes what came before", document: #"{"a":1}"#,
            patch: #"[{"op":"remove","path":"/a"},{"op":"remove","path":"/a"}]"#, kind: .notApplicable, opIndex: 1,
            pointer: "/a", message: "can't remove '/a': there is no value at '/a'"),
        Failure(
            name: "A parent must be there", document: "{}", patch: #"[{"op":"add","path":"/a/b","value":1}]"#,
            kind: .notApplicable, opIndex: 0, pointer: "/a/b", message: "can't add '/a/b': there is no value at '/a'"),
        Failure(
            name: "A scalar holds nothing", document: #"{"a":1}"#, patch: #"[{"op":"add","path":"/a/b","value":1}]"#,
            kind: .notApplicable, opIndex: 0, pointer: "/a/b",
            message: "can't add '/a/b': the value at '/a' is neither an object nor an array"),
        Failure(
            name: "An index is within the array", document: "[1]", patch: #"[{"op":"add","path":"/2","value":1}]"#,
            kind: .notApplicable, opIndex: 0, pointer: "/2",
            message: "can't add '/2': '2' is not an index of the array at ''"),
        Failure(
            name: "An index has no leading zeros", document: #"{"a":[1]}"#,
            patch: #"[{"op":"replace","path":"/a/00","value":1}]"#, kind: .notApplicable, opIndex: 0, pointer: "/a/00",
            message: "can't replace '/a/00': '00' is not an index of the array at '/a'"),
        Failure(
            name: "What is replaced must be there", document: "{}", patch: #"[{"op":"replace","path":"/a","value":1}]"#,
            kind: .notApplicable, opIndex: 0, pointer: "/a", message: "can't replace '/a': there is no value at '/a'"),
        Failure(
            name: "What is copied must be there", document: "{}", patch: #"[{"op":"copy","from":"/a","path":"/b"}]"#,
            kind: .notApplicable, opIndex: 0, pointer: "/a", message: "can't copy '/a': there is no value"),
    ]

    @Test func `Repeatedly copying a document into itself reaches the limit on bytes`() throws {
        let copy = #"{"op":"copy","from":"","path":"/-"}"#
        let patch = try JSONPatch(tree("[" + Array(repeating: copy, count: 200).joined(separator: ",") + "]"))
        let error = #expect(throws: JSONPatchError.self) {
            try patch.apply(to: tree("[1]"), limits: JSONLimits(maximumBytes: 1 << 20))
        }
        #expect(error?.kind == .tooLarge)
    }

    @Test func `Adding deeper and deeper values reaches the limit on depth`() throws {
        let operations = (0..<10).map {
            "{\"op\":\"add\",\"path\":\"\(String(repeating: "/0", count: $0))/-\",\"value\":[]}"
        }
        let patch = try JSONPatch(tree("[\(operations.joined(separator: ","))]"))
        #expect(throws: Never.self) { try patch.apply(to: tree("[]"), limits: JSONLimits(maximumDepth: 11)) }
        let error = #expect(throws: JSONPatchError.self) {
            try patch.apply(to: tree("[]"), limits: JSONLimits(maximumDepth: 10))
        }
        #expect(error?.kind == .tooLarge)
        #expect(error?.opIndex == 9)
    }
}
