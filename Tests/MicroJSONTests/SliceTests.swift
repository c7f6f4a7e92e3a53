import MicroJSON
import Testing

@Suite struct SliceTests {
    struct Slice: Row {
        let name: String
        let path: [String]
        let part: String?
    }

    static let document =
        #"{"a":{"b":[10,[20,{"c":"]}\""}],{}]},"\u0061\/":1,"é":"x","":{"":0},"n":null,"a~b":-1.50,"#
        + #""long name of many bytes":[]}"#

    @Test(arguments: [
        Slice(name: "No segments give the whole text", path: [], part: document),
        Slice(name: "A member is found by name", path: ["n"], part: "null"),
        Slice(name: "An object is found", path: ["a", "b", "2"], part: "{}"),
        Slice(name: "An element is found by index", path: ["a", "b", "0"], part: "10"),
        Slice(name: "Brackets in strings don't confuse", path: ["a", "b", "1", "1", "c"], part: #""]}\"""#),
        Slice(name: "A whole array is found", path: ["a", "b", "1"], part: #"[20,{"c":"]}\""}]"#),
        Slice(name: "A name is compared decoded", path: ["a/"], part: "1"),
        Slice(name: "A name is not a pointer", path: ["a~b"], part: "-1.50"),
        Slice(name: "A name may be empty", path: ["", ""], part: "0"),
        Slice(name: "A name may have other characters", path: ["é"], part: #""x""#),
        Slice(name: "A long name is found", path: ["long name of many bytes"], part: "[]"),
        Slice(name: "A member that is not there is nothing", path: ["x"], part: nil),
        Slice(name: "An index behind the end is nothing", path: ["a", "b", "3"], part: nil),
        Slice(name: "An index has no leading zeros", path: ["a", "b", "00"], part: nil),
        Slice(name: "An index has no sign", path: ["a", "b", "-1"], part: nil),
        Slice(name: "The place behind the end is nothing", path: ["a", "b", "-"], part: nil),
        Slice(name: "A huge index is nothing", path: ["a", "b", "99999999999999999999999999"], part: nil),
        Slice(name: "An empty array has no first element", path: ["long name of many bytes", "0"], part: nil),
        Slice(name: "An empty object has no members", path: ["a", "b", "2", "x"], part: nil),
        Slice(name: "A scalar has no parts", path: ["n", "x"], part: nil),
        Slice(name: "A string has no parts", path: ["é", "0"], part: nil),
    ]) func `A slice is the part at a path`(_ row: Slice) throws {
        let text = try parsed(Self.document)
        let path = row.path.map(bytes)
        #expect(text.slice(at: path)?.description == row.part)
        #expect(text.slice(at: path.map { $0[...] })?.description == row.part)
        #expect(text.contains(path) == (row.part != nil))
        #expect(JSONValue(text).value(at: path)?.text.description == row.part)
    }

    @Test func `Names that only look the same are different`() throws {
        let text = try parsed("{\"e\u{301}\":1}")
        #expect(text.slice(at: [bytes("\u{E9}")]) == nil)
        #expect(JSONValue(text).value(at: [bytes("\u{E9}")]) == nil)
    }
}
