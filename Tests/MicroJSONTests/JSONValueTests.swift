import MicroJSON
import Testing

@Suite struct JSONValueTests {
    struct Pair: Row {
        let name: String
        let one: String
        let other: String
    }

    @Test(arguments: [
        Pair(name: "Spellings of one", one: "1", other: "1.0"),
        Pair(name: "Exponents", one: "100", other: "1e2"),
        Pair(name: "Fractions with exponents", one: "0.001", other: "10E-4"),
        Pair(name: "Zero and minus zero", one: "0", other: "-0.0e9"),
        Pair(name: "Large integers", one: "12345678901234567890", other: "1234567890123456789e1"),
        Pair(name: "Beyond a double", one: "1e400", other: "10e399"),
        Pair(name: "Escapes", one: #""aé/""#, other: #""\u0061\u00E9\/""#),
        Pair(name: "Orders of members", one: #"{"a":1,"b":{"c":2,"d":3}}"#, other: #"{"b":{"d":3,"c":2},"a":1}"#),
        Pair(name: "Escapes in names", one: #"{"a":1}"#, other: #"{"\u0061":1.0}"#),
        Pair(name: "White space", one: "[1,[ ],{ }]", other: "[1,[],{}]"),
    ]) func `The same JSON is equal`(_ row: Pair) throws {
        #expect(try tree(row.one) == tree(row.other))
        #expect(try tree(row.other) == tree(row.one))
        #expect(try canonical(row.one) == canonical(row.other))
    }

    @Test(arguments: [
        Pair(name: "Neighbours above 2⁵³", one: "9007199254740993", other: "9007199254740992"),
        Pair(name: "More digits than a double has", one: "0.1", other: "0.1000000000000000055511151231257827"),
        Pair(name: "Two numbers beyond a double", one: "1e400", other: "1e401"),
        Pair(name: "Signs", one: "1", other: "-1"),
        Pair(name: "A number and its string", one: "1", other: "\"1\""),
        Pair(name: "Literals", one: "true", other: "false"),
        Pair(name: "null and nothing", one: "null", other: "[]"),
        Pair(name: "Orders of elements", one: "[1,2]", other: "[2,1]"),
        Pair(name: "Lengths", one: "[1]", other: "[1,1]"),
        Pair(name: "A member more", one: #"{"a":1}"#, other: #"{"a":1,"b":null}"#),
        Pair(name: "Another name", one: #"{"a":1}"#, other: #"{"b":1}"#),
        Pair(name: "Composed and decomposed characters", one: "\"\u{E9}\"", other: "\"e\u{301}\""),
        Pair(name: "Composed and decomposed names", one: "{\"\u{E9}\":1}", other: "{\"e\u{301}\":1}"),
    ]) func `Different JSON is different`(_ row: Pair) throws {
        #expect(try tree(row.one) != tree(row.other))
        #expect(try parsed(row.one).canonical() != parsed(row.other).canonical())
    }

    @Test func `Values can be made from code`() throws {
        var object = JSONObject()
        object["s"] = .string("a\"\u{1}é\n")
        object["i"] = .integer(-7)
        object["b"] = .bool(true)
        object["n"] = .null
        object["é\""] = .array([.false, .object(JSONObject())])
        #expect(
            JSONValue.object(object).text.description
                == #"{"s":"a\"\u0001é\n","i":-7,"b":true,"n":null,"é\"":[false,{}]}"#)
    }

    struct Edit: Row {
        let name: String
        let document: String
        let path: String
        /// nil removes.
        let value: String?
        /// nil if it can't be done.
        let result: String?
    }

    @Test(arguments: [
        Edit(
            name: "A member is replaced in its place", document: #"{"a":1,"b":2}"#, path: "/a", value: "[]",
            result: #"{"a":[],"b":2}"#),
        Edit(name: "A new member comes last", document: #"{"a":1}"#, path: "/b", value: "2", result: #"{"a":1,"b":2}"#),
        Edit(
            name: "A member far down is replaced", document: #"{"a":[{"b":1}]}"#, path: "/a/0/b", value: "2",
            result: #"{"a":[{"b":2}]}"#),
        Edit(name: "An element is replaced, not inserted", document: "[1,2]", path: "/0", value: "9", result: "[9,2]"),
        Edit(name: "The index behind the end appends", document: "[1]", path: "/1", value: "2", result: "[1,2]"),
        Edit(name: "- appends", document: "[1]", path: "/-", value: "2", result: "[1,2]"),
        Edit(name: "An index beyond that fails", document: "[1]", path: "/2", value: "2", result: nil),
        Edit(name: "A name is no index", document: "[1]", path: "/a", value: "2", result: nil),
        Edit(name: "A scalar holds nothing", document: #"{"a":1}"#, path: "/a/b", value: "2", result: nil),
        Edit(name: "A missing parent fails", document: "{}", path: "/a/b", value: "2", result: nil),
        Edit(name: "The whole document is replaced", document: "{}", path: "", value: "1", result: "1"),
        Edit(name: "A member is removed", document: #"{"a":1,"b":2}"#, path: "/a", value: nil, result: #"{"b":2}"#),
        Edit(name: "An array closes the gap", document: "[1,2,3]", path: "/1", value: nil, result: "[1,3]"),
        Edit(name: "What is not there can't be removed", document: "{}", path: "/a", value: nil, result: nil),
        Edit(name: "- can't be removed", document: "[1]", path: "/-", value: nil, result: nil),
    ]) func `A part can be set and removed`(_ row: Edit) throws {
        let before = try tree(row.document)
        var document = before
        let path = try #require(JSONPointer(row.path)).tokens
        func edit() throws {
            if let value = row.value { try document.set(tree(value), at: path) } else { try document.remove(at: path) }
        }
        guard let result = row.result else {
            #expect(throws: JSONValue.PathError.self) { try edit() }
            #expect(document.text == before.text)
            return
        }
        try edit()
        #expect(document.text.description == result)
    }
}
