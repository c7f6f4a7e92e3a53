import MicroJSON
import Testing

@Suite struct JSONPointerTests {
    struct Pointer: Row {
        let name: String
        let text: String
        let tokens: [String]?
    }

    @Test(arguments: [
        Pointer(name: "The empty pointer is the whole document", text: "", tokens: []),
        Pointer(name: "A slash is an empty name", text: "/", tokens: [""]),
        Pointer(name: "Tokens are split at slashes", text: "/foo/0", tokens: ["foo", "0"]),
        Pointer(name: "Empty tokens count", text: "//a//", tokens: ["", "a", "", ""]),
        Pointer(name: "~1 is a slash", text: "/a~1b", tokens: ["a/b"]),
        Pointer(name: "~0 is a tilde", text: "/m~0n", tokens: ["m~n"]),
        Pointer(name: "~01 is ~1, not a slash", text: "/~01", tokens: ["~1"]),
        Pointer(
            name: "Other characters are literal", text: "/c%d/e^f/g|h/i\\j/k\"l/ /é",
            tokens: ["c%d", "e^f", "g|h", "i\\j", "k\"l", " ", "é"]),
        Pointer(name: "A pointer starts with a slash", text: "foo", tokens: nil),
        Pointer(name: "A tilde at the end is no escape", text: "/a~", tokens: nil),
        Pointer(name: "~2 is no escape", text: "/a~2", tokens: nil),
        Pointer(name: "~ before a slash is no escape", text: "/a~/b", tokens: nil),
        Pointer(name: "Two tildes are no escape", text: "/~~0", tokens: nil),
    ]) func `A pointer is parsed and written back`(_ row: Pointer) {
        let pointer = JSONPointer(row.text)
        #expect(pointer?.tokens == row.tokens?.map(bytes))
        if let pointer { #expect(pointer.description == row.text) }
    }

    @Test(arguments: [
        ("", "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"m~n\":8}"), ("/foo/0", "\"bar\""), ("/", "0"),
        ("/a~1b", "1"), ("/m~0n", "8"),
    ]) func `The examples of RFC 6901 hold`(_ pointer: String, _ part: String) throws {
        let document = try parsed(#"{"foo":["bar","baz"],"":0,"a/b":1,"m~n":8}"#)
        let tokens = try #require(JSONPointer(pointer)).tokens
        #expect(document.slice(at: tokens)?.description == part)
    }

    @Test func `A pointer is a prefix of itself and of pointers below it`() throws {
        let pointer = try #require(JSONPointer("/a/b"))
        #expect(pointer.isPrefix(of: pointer))
        #expect(pointer.isPrefix(of: pointer.appending(bytes("c"))))
        #expect(!pointer.appending(bytes("c")).isPrefix(of: pointer))
        #expect(try !pointer.isPrefix(of: #require(JSONPointer("/a/bc"))))
    }
}
